"""Read tenants."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from domain.models.tenant import Tenant
from domain.tenants.queries import get_tenant, list_tenants
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.paging import (
    DEFAULT_FIRST,
    After,
    Connection,
    Direction,
    First,
    Listing,
    Way,
    order_of,
    page_request,
)
from gateway.graphql.tenants.types import TenantType

TenantId = Annotated[strawberry.ID, strawberry.argument(description="The tenant's id.")]
Search = Annotated[str | None, strawberry.argument(description="The beginning of the slug; null: all.")]


@strawberry.enum(description="What a list of tenants is ordered by.")
class TenantOrder(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="When it was made.")
    NAME = strawberry.enum_value("name", description="Its name.")


OrderBy = Annotated[TenantOrder, strawberry.argument(description="What the list is ordered by.")]


@strawberry.type
class TenantQueries:
    @root(TenantType | None, "One tenant. NOT_FOUND: none of yours.")
    async def tenant(self, info: Info, id: TenantId) -> Tenant:
        return await get_tenant(info.context.actor, id)

    @root(Connection[TenantType] | None, "Your tenants, page by page; for the platform all.")
    async def tenants(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = None,
        search: Search = None,
        order_by: OrderBy = TenantOrder.CREATED_AT,
        direction: Way = Direction.ASC,
    ) -> Listing[Tenant]:
        order, request = order_of(order_by, direction), page_request(info, first, after)
        page = await list_tenants(info.context.actor, search=search, order=order, request=request)
        return Listing(page, order, request)
