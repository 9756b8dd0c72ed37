"""Placement: the node asked for, else the one with most room in the region that can run the image."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from domain.access import Actor
from domain.errors import Conflict, InvalidInput, NotFound, Unsupported
from domain.models.instance import Instance, InstanceState
from domain.models.node import Node, NodeState
from domain.nodes.queries import get_node


async def place(
    actor: Actor,
    *,
    drivers: Collection[str],
    memory_bytes: int,
    cpu_millis: int,
    cpu_overcommit: float,
    node_id: UUID | str | None = None,
    region: str | None = None,
) -> Node:
    """Where a new instance goes. Call inside the transaction that saves it: the node's row is held until it ends, so
    that two at once share neither the room nor a port, and nobody removes the node meanwhile.

    A node asked for is taken as it is, even without room: its owner knows. InvalidInput: no such node.
    Unsupported: it cannot run this image. Conflict: no node online has room: memory is promised once, cores
    cpu_overcommit times. The node with most memory left is taken.
    """
    if node_id is not None:
        return await _asked_for(actor, node_id, drivers)
    rows = Node.filter(state=NodeState.ONLINE, driver__in=list(drivers))
    nodes = await (rows.filter(region=region) if region else rows).order_by("created_at", "id")
    free = [(await room_on(node, cpu_overcommit), node) for node in nodes]
    fitting = [(room, node) for room, node in free if room.holds(memory_bytes, cpu_millis)]
    for _, candidate in sorted(fitting, key=lambda pair: pair[0].memory_bytes, reverse=True):
        node = await _hold(candidate.id)
        if node is None or node.state is not NodeState.ONLINE:
            continue
        if (await room_on(node, cpu_overcommit)).holds(memory_bytes, cpu_millis):
            return node
    where = f" in region {region}" if region else ""
    raise Conflict(f"No node{where} that is online has room for this instance.", field="node_id")


async def _hold(node_id: UUID) -> Node | None:
    """No-key: others may go on referring to it."""
    return await Node.filter(id=node_id).select_for_update(no_key=True).get_or_none()


@dataclass(frozen=True, slots=True)
class Room:
    """What of a node is not promised to instances yet."""

    memory_bytes: int
    cpu_millis: int

    def holds(self, memory_bytes: int, cpu_millis: int) -> bool:
        return self.memory_bytes >= memory_bytes and self.cpu_millis >= cpu_millis


async def room_on(node: Node, cpu_overcommit: float) -> Room:
    """One query, however many instances the node has."""
    living = Instance.filter(node_id=node.id).exclude(state=InstanceState.DELETED)
    promised = await living.values_list("memory_bytes", "cpu_millis")
    memory_bytes = node.memory_bytes - sum(memory for memory, _ in promised)
    cpu_millis = int(node.cpu_millis * cpu_overcommit) - sum(cpu for _, cpu in promised)
    return Room(int(memory_bytes), int(cpu_millis))


async def _asked_for(actor: Actor, node_id: UUID | str, drivers: Collection[str]) -> Node:
    try:
        node = await _hold((await get_node(actor, node_id)).id)
    except NotFound as exc:
        raise InvalidInput("There is no such node.", field="node_id") from exc
    if node is None:
        raise InvalidInput("There is no such node.", field="node_id")
    if node.driver not in drivers:
        raise Unsupported(f"This image does not run on a {node.driver} node.", field="node_id")
    return node
