"""Read operations."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from domain.jobs.queries import OperationFilter, get_operation, list_operations
from domain.models.operation import Operation
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.operations.types import OperationStateEnum, OperationType
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

OperationId = Annotated[strawberry.ID, strawberry.argument(description="The operation's id.")]


@strawberry.input(name="OperationFilter", description="Which operations. Fields that are left out do not narrow.")
class OperationFilterInput:
    instance_id: strawberry.ID | None = strawberry.field(default=None, description="On this instance.")
    states: list[OperationStateEnum] | None = strawberry.field(default=None, description="In any of these states.")
    kind: str | None = strawberry.field(default=None, description="Of this kind, such as instances.build.")


@strawberry.enum(description="What a list of operations is ordered by.")
class OperationOrder(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="When it was asked for.")


Filter = Annotated[OperationFilterInput | None, strawberry.argument(description="Which of them; null: all.")]
OrderBy = Annotated[OperationOrder, strawberry.argument(description="What the list is ordered by.")]


@strawberry.type
class OperationQueries:
    @root(OperationType | None, "One operation. NOT_FOUND: none of yours.")
    async def operation(self, info: Info, id: OperationId) -> Operation:
        return await get_operation(info.context.actor, id)

    @root(Connection[OperationType] | None, "Your operations, page by page; the newest first unless asked otherwise.")
    async def operations(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = None,
        filter: Filter = None,
        order_by: OrderBy = OperationOrder.CREATED_AT,
        direction: Way = Direction.DESC,
    ) -> Listing[Operation]:
        order, request = order_of(order_by, direction), page_request(info, first, after)
        wanted = OperationFilter()
        if filter is not None:
            wanted = OperationFilter(filter.instance_id, tuple(filter.states or ()), filter.kind)
        return Listing(await list_operations(info.context.actor, wanted, order, request), order, request)
