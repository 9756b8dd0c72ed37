"""Ask a node's engine whether it works and write down what it says."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.errors import DomainError, NotFound
from domain.events import node_changed
from domain.models.node import Node, NodeState
from domain.nodes.queries import engine_of, get_node
from domain.ports import Ports
from domain.ports.runtime import RuntimeInfo
from domain.text import plain_text
from domain.unit import unit_of_work


async def check_node(ports: Ports, actor: Actor, node_id: UUID | str) -> Node:
    """The node as it is now: online with its size, or not online with the reason. Needs nodes:write.

    NotFound: there is none, or it was removed meanwhile.
    """
    require(actor, "nodes:write")
    return await observe_node(ports, await get_node(actor, node_id))


async def observe_node(ports: Ports, node: Node) -> Node:
    """Ask and record; the event tells of it only when something visible changed."""
    info: RuntimeInfo | None = None
    capabilities: list[str] = node.capabilities
    reason = None
    try:
        runtime = ports.runtimes.of(engine_of(node))
        info = await runtime.check()
        capabilities = sorted(capability.value for capability in runtime.capabilities)
    except DomainError as error:
        reason = plain_text(error.message)
    return await _record(ports, node.id, info, capabilities, reason)


async def _record(
    ports: Ports, node_id: UUID, info: RuntimeInfo | None, capabilities: list[str], reason: str | None
) -> Node:
    async with unit_of_work(ports) as unit:
        node = await Node.filter(id=node_id).select_for_update().get_or_none()
        if node is None:
            raise NotFound("There is no such node.", id=str(node_id))
        before = _visible(node)
        if info is not None:
            node.state, node.state_reason, node.last_seen_at = NodeState.ONLINE, None, ports.clock.now()
            node.engine_version, node.capabilities = plain_text(info.version, 100), capabilities
            node.memory_bytes, node.cpu_millis = info.memory_bytes, info.cpu_millis
            node.disk_free_bytes = info.disk_free_bytes
        else:
            never = node.state in (NodeState.UNCONFIGURED, NodeState.CONFIGURED)
            node.state = node.state if never else NodeState.OFFLINE
            node.state_reason = reason
        await node.save()
        if _visible(node) != before:
            unit.emit(node_changed(node))
    return node


def _visible(node: Node) -> tuple[object, ...]:
    return (node.state, node.state_reason, node.engine_version, node.memory_bytes, node.cpu_millis, node.capabilities)
