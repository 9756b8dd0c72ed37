"""Take a host out of the platform."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.errors import Conflict
from domain.events import node_removed
from domain.models.instance import Instance, InstanceState
from domain.models.node import Node
from domain.nodes.queries import get_node
from domain.ports import Ports
from domain.unit import unit_of_work


async def remove_node(ports: Ports, actor: Actor, node_id: UUID | str) -> Node:
    """Forget the node; nothing on it is touched. Needs nodes:write. Conflict while instances live on it."""
    require(actor, "nodes:write")
    node = await get_node(actor, node_id)
    async with unit_of_work(ports) as unit:
        await Node.filter(id=node.id).select_for_update().get()
        living = await Instance.filter(node_id=node.id).exclude(state=InstanceState.DELETED).count()
        if living:
            raise Conflict("There are instances on the node.", instances=living)
        await Instance.filter(node_id=node.id).delete()
        await Node.filter(id=node.id).delete()
        await unit.audit(actor, "node.removed", subject=str(node.id), name=node.name)
        unit.emit(node_removed(node))
    await ports.runtimes.forget(node.id)
    return node
