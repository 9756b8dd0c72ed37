"""Take a host out of the platform."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.errors import Conflict
from domain.events import node_removed
from domain.instances.change import locked, mark
from domain.models.instance import Instance, InstancePort, InstanceState
from domain.models.node import Node, NodeState
from domain.models.operation import ENDED_STATES, Operation
from domain.nodes.queries import get_node
from domain.ports import Ports
from domain.unit import Unit, unit_of_work


async def remove_node(ports: Ports, actor: Actor, node_id: UUID | str, *, force: bool = False) -> Node:
    """Forget the node; nothing on it is touched. Needs nodes:write.

    force: a host that is lost for good may go with its instances; they are deleted here, and what may be left of them
    there is nobody's. Conflict while instances live on it without force, while it is online with force, and while one
    of its operations runs.
    """
    require(actor, "nodes:write")
    node = await get_node(actor, node_id)
    async with unit_of_work(ports) as unit:
        node = await Node.filter(id=node.id).select_for_update().get()
        living = await Instance.filter(node_id=node.id).exclude(state=InstanceState.DELETED)
        if living and not force:
            raise Conflict("There are instances on the node.", instances=len(living))
        if living and node.state is NodeState.ONLINE:
            raise Conflict("The node answers: delete its instances instead.", instances=len(living))
        for row in living:
            await _give_up(ports, unit, row.id)
        await Instance.filter(node_id=node.id).delete()
        await Node.filter(id=node.id).delete()
        await unit.audit(actor, "node.removed", subject=str(node.id), name=node.name, instances=len(living))
        unit.emit(node_removed(node))
    await ports.runtimes.forget(node.id)
    return node


async def _give_up(ports: Ports, unit: Unit, instance_id: UUID) -> None:
    """Tell of the instance's end; its rows go with the node's."""
    instance = await locked(instance_id)
    if await Operation.filter(lane=str(instance.id)).exclude(state__in=list(ENDED_STATES)).exists():
        raise Conflict("Operations of its instances have not ended.", instance_id=str(instance.id))
    await InstancePort.filter(instance_id=instance.id).delete()
    instance.slug, instance.runtime_id, instance.deleted_at = None, None, ports.clock.now()
    await mark(unit, instance, InstanceState.DELETED, "Its node was given up.")
