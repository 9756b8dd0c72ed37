"""Read instances."""

from __future__ import annotations

import re
from typing import Annotated

import strawberry

from domain.instances.queries import get_instance, get_instance_by_short_id, list_instances
from domain.models.instance import Instance
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.instances.inputs import InstanceFilterInput, InstanceOrder, filter_of
from gateway.graphql.instances.types import InstanceType
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

SHORT_ID = re.compile(r"[0-9a-f]{8}\Z")

AnyId = Annotated[strawberry.ID, strawberry.argument(description="Its id, or its shortId of eight hex digits.")]
Filter = Annotated[InstanceFilterInput | None, strawberry.argument(description="Which of them; null: all.")]
OrderBy = Annotated[InstanceOrder, strawberry.argument(description="What the list is ordered by.")]


@strawberry.type
class InstanceQueries:
    @root(InstanceType | None, "One instance. NOT_FOUND: none of yours.")
    async def instance(self, info: Info, id: AnyId) -> Instance:
        if SHORT_ID.match(id):
            return await get_instance_by_short_id(info.context.actor, id)
        return await get_instance(info.context.actor, id)

    @root(Connection[InstanceType] | None, "Your instances, page by page.")
    async def instances(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = None,
        filter: Filter = None,
        order_by: OrderBy = InstanceOrder.CREATED_AT,
        direction: Way = Direction.ASC,
    ) -> Listing[Instance]:
        order, request = order_of(order_by, direction), page_request(info, first, after)
        page = await list_instances(info.context.actor, filter_of(filter), order, request)
        return Listing(page, order, request)
