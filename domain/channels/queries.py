"""Read the rules of channels."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.models.channel import ChannelRule
from domain.paging import Order, Page, PageRequest, page_of
from domain.tenants.queries import visible_tenant

BY_PATTERN = Order("pattern")
FIRST_PAGE = PageRequest()


async def list_channel_rules(
    actor: Actor, tenant_id: UUID | str, *, request: PageRequest = FIRST_PAGE
) -> Page[ChannelRule]:
    """By pattern. Needs tenants:read there. NotFound: the tenant is not the actor's."""
    require(actor, "tenants:read")
    tenant = await visible_tenant(actor, tenant_id)
    require(actor, "tenants:read", tenant.id)
    return await page_of(ChannelRule.filter(tenant_id=tenant.id), BY_PATTERN, request)
