"""Read tenants and their members."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, parse_id, require, visible
from domain.errors import InvalidInput, NotFound
from domain.models.tenant import Membership, Tenant, TenantRole
from domain.paging import Order, Page, PageRequest, page_of
from domain.tenants.naming import SLUG_LENGTH, clean_line

ORDER_COLUMNS = ("created_at", "name")
OLDEST_FIRST = Order()
FIRST_PAGE = PageRequest()


async def visible_tenant(actor: Actor, tenant_id: UUID | str) -> Tenant:
    """The tenant, whatever the actor may do in it. NotFound when it does not exist or is not theirs."""
    rows = visible(Tenant.filter(id=parse_id(tenant_id, "tenant")), actor, column="id")
    found = await rows.first()
    if found is None:
        raise NotFound("There is no such tenant.", id=str(tenant_id))
    return found


async def get_tenant(actor: Actor, tenant_id: UUID | str) -> Tenant:
    """NotFound when it does not exist or is not the actor's."""
    require(actor, "tenants:read")
    return await visible_tenant(actor, tenant_id)


async def find_tenant(actor: Actor, slug: str) -> Tenant | None:
    """By slug."""
    require(actor, "tenants:read")
    if not slug.isprintable() or len(slug) > SLUG_LENGTH:
        return None
    return await visible(Tenant.filter(slug=slug), actor, column="id").first()


async def list_tenants(
    actor: Actor, *, search: str | None = None, order: Order = OLDEST_FIRST, request: PageRequest = FIRST_PAGE
) -> Page[Tenant]:
    """Tenants of the actor. search: the start of the slug. Orders: created_at, name."""
    require(actor, "tenants:read")
    if order.column not in ORDER_COLUMNS:
        raise InvalidInput(f"Tenants are ordered by {' or '.join(ORDER_COLUMNS)}.", field="order")
    rows = visible(Tenant.all(), actor, column="id")
    if search:
        rows = rows.filter(slug__startswith=clean_line(search, "search", SLUG_LENGTH).lower())
    return await page_of(rows, order, request)


async def list_members(
    actor: Actor,
    tenant_id: UUID | str,
    *,
    role: TenantRole | None = None,
    order: Order = OLDEST_FIRST,
    request: PageRequest = FIRST_PAGE,
) -> Page[Membership]:
    """Members of one tenant with .user and .tenant loaded, in the order they joined. Needs users:read there."""
    require(actor, "users:read")
    tenant = await visible_tenant(actor, tenant_id)
    require(actor, "users:read", tenant.id)
    if order.column != "created_at":
        raise InvalidInput("Members are ordered by created_at.", field="order")
    rows = Membership.filter(tenant_id=tenant.id)
    if role is not None:
        rows = rows.filter(role=role)
    return await page_of(rows.select_related("user", "tenant"), order, request)


async def membership_in(tenant_id: UUID, user_id: UUID | str) -> Membership:
    """NotFound when that user is no member of the tenant; the tenant is known to be visible."""
    found = await Membership.get_or_none(tenant_id=tenant_id, user_id=parse_id(user_id, "member"))
    if found is None:
        raise NotFound("There is no such member.", id=str(user_id))
    return found
