"""Make what the domain says agree with what really runs."""

from __future__ import annotations

from uuid import UUID

from domain.events import stray_found
from domain.instances.change import SETTLED, has_work, locked, mark, save
from domain.instances.observe import apply_observed, differs
from domain.models.instance import Instance, InstanceState
from domain.models.node import Node
from domain.ports import Ports
from domain.ports.runtime import Observed, Runtime
from domain.unit import unit_of_work

ENDING = (InstanceState.DELETED, InstanceState.DELETING)
UNKNOWN_WITHOUT_NODE = (InstanceState.RUNNING, InstanceState.PAUSED)


async def reconcile_instance(ports: Ports, runtime: Runtime, instance_id: UUID) -> bool:
    """Look at one instance and write down what is true.

    False: it is busy (an operation, or another change at the same moment), so look again soon.
    """
    before = await Instance.get_or_none(id=instance_id)
    if before is None or before.state in ENDING:
        return True
    if await has_work(instance_id):
        return False
    return await _settle(ports, before, await runtime.inspect(instance_id))


async def reconcile_node(ports: Ports, node: Node, runtime: Runtime, reported: set[UUID]) -> set[UUID]:
    """Look at everything on a node; returns the busy ones.

    reported: strays that were told of already; grows and shrinks with what is found.
    """
    rows = {row.id: row for row in await Instance.filter(node_id=node.id).exclude(state__in=list(ENDING))}
    observed = {item.instance_id: item for item in await runtime.list_instances()}
    busy = set()
    for row in rows.values():
        if await has_work(row.id) or not await _settle(ports, row, observed.get(row.id)):
            busy.add(row.id)
    strays = {unknown for unknown in observed.keys() - rows.keys() if await _is_stray(runtime, unknown)}
    await _report(ports, node, [observed[stray] for stray in strays - reported])
    reported.clear()
    reported.update(strays)
    return busy


async def lose_sight(ports: Ports, node: Node) -> None:
    """The node does not answer: what ran there is unreachable until it does."""
    for row in await Instance.filter(node_id=node.id, state__in=list(UNKNOWN_WITHOUT_NODE)):
        async with unit_of_work(ports) as unit:
            instance = await locked(row.id)
            if instance.state in UNKNOWN_WITHOUT_NODE and not await has_work(instance.id):
                await mark(unit, instance, InstanceState.UNREACHABLE, "Its node does not answer.")


async def _settle(ports: Ports, before: Instance, observed: Observed | None) -> bool:
    if before.state in SETTLED and not differs(before, observed):
        return True
    async with unit_of_work(ports) as unit:
        instance = await locked(before.id)
        # Whoever changed the row since we looked may know better than what we saw.
        if instance.revision != before.revision or await has_work(instance.id):
            return False
        apply_observed(instance, observed, ports.clock.now())
        await save(unit, instance)
    return True


async def _is_stray(runtime: Runtime, instance_id: UUID) -> bool:
    """Asked after the rows were read: an instance deployed or deleted meanwhile is none."""
    if await Instance.filter(id=instance_id).exclude(state=InstanceState.DELETED).exists():
        return False
    return await runtime.inspect(instance_id) is not None


async def _report(ports: Ports, node: Node, strays: list[Observed]) -> None:
    if not strays:
        return
    async with unit_of_work(ports) as unit:
        for stray in strays:
            unit.emit(stray_found(node, stray.instance_id, stray.runtime_id))
