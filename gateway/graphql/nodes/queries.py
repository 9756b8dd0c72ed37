"""Read nodes."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from domain.models.node import Node
from domain.nodes.queries import NodeFilter, get_node, list_nodes
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.nodes.types import NodeStateEnum, NodeType
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

NodeId = Annotated[strawberry.ID, strawberry.argument(description="The node's id.")]


@strawberry.input(name="NodeFilter", description="Which nodes. Fields that are left out do not narrow.")
class NodeFilterInput:
    region: str | None = strawberry.field(default=None, description="In this region.")
    state: NodeStateEnum | None = strawberry.field(default=None, description="In this state.")


@strawberry.enum(description="What a list of nodes is ordered by.")
class NodeOrder(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="When it was registered.")
    NAME = strawberry.enum_value("name", description="Its name.")


Filter = Annotated[NodeFilterInput | None, strawberry.argument(description="Which of them; null: all.")]
OrderBy = Annotated[NodeOrder, strawberry.argument(description="What the list is ordered by.")]


@strawberry.type
class NodeQueries:
    @root(NodeType | None, "One node.")
    async def node(self, info: Info, id: NodeId) -> Node:
        return await get_node(info.context.actor, id)

    @root(Connection[NodeType] | None, "The hosts of the platform, page by page.")
    async def nodes(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = None,
        filter: Filter = None,
        order_by: OrderBy = NodeOrder.CREATED_AT,
        direction: Way = Direction.ASC,
    ) -> Listing[Node]:
        order, request = order_of(order_by, direction), page_request(info, first, after)
        wanted = NodeFilter(filter.region, filter.state) if filter else NodeFilter()
        return Listing(await list_nodes(info.context.actor, wanted, order, request), order, request)
