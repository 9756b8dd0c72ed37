"""Read nodes. Everybody signed in may see which there are; only the platform sees how they are reached."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.access import Actor, parse_id, require
from domain.errors import NotFound
from domain.models.node import Node, NodeState
from domain.paging import Order, Page, PageRequest, page_of
from domain.ports.runtime import NodeEngine
from domain.text import check_kept


@dataclass(frozen=True, slots=True)
class NodeFilter:
    """Empty fields do not narrow."""

    region: str | None = None
    state: NodeState | None = None


async def get_node(actor: Actor, node_id: UUID | str) -> Node:
    require(actor, "instances:read")
    found = await Node.get_or_none(id=parse_id(node_id, "node"))
    if found is None:
        raise NotFound("There is no such node.", id=str(node_id))
    return found


async def list_nodes(
    actor: Actor, filters: NodeFilter = NodeFilter(), order: Order = Order(), request: PageRequest = PageRequest()
) -> Page[Node]:
    require(actor, "instances:read")
    rows = Node.all()
    if filters.region is not None:
        check_kept(filters.region, "region")
        rows = rows.filter(region=filters.region)
    if filters.state is not None:
        rows = rows.filter(state=filters.state)
    return await page_of(rows, order, request)


async def all_nodes(actor: Actor) -> list[Node]:
    """Every node, oldest first, for doors whose lists are not paged."""
    require(actor, "instances:read")
    return await Node.all().order_by("created_at", "id")


def engine_of(node: Node) -> NodeEngine:
    """How the runtime port reaches it."""
    return NodeEngine(
        node_id=node.id,
        driver=node.driver,
        address=node.address,
        tls_ca=node.tls_ca,
        tls_cert=node.tls_cert,
        tls_key=node.tls_key,
    )
