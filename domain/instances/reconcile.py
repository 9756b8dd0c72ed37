"""Make what the domain says agree with what really runs."""

from __future__ import annotations

import logging
from uuid import UUID

from domain.access import Actor
from domain.events import stray_found
from domain.instances.change import SETTLED, has_work, locked, mark, save
from domain.instances.observe import apply_observed, differs
from domain.models.instance import Instance, InstanceState
from domain.models.node import Node
from domain.models.operation import OPEN_STATES, Operation
from domain.models.sql import column
from domain.ports import Ports
from domain.ports.runtime import Observed, Runtime, RuntimeState
from domain.unit import unit_of_work

log = logging.getLogger(__name__)
LIVE = (RuntimeState.RUNNING, RuntimeState.PAUSED)
KNOWN_WITHOUT_NODE = (
    InstanceState.STOPPED,
    InstanceState.FAILED,
    InstanceState.UNREACHABLE,
    InstanceState.DELETED,
)


async def reconcile_instance(ports: Ports, runtime: Runtime, instance_id: UUID) -> bool:
    """Look at one instance and write down what is true.

    False: it is busy (an operation, or another change at the same moment), so look again soon.
    """
    before = await Instance.get_or_none(id=instance_id)
    if before is None:
        return True
    if before.state is InstanceState.DELETED:
        await _remove_left_over(runtime, instance_id)
        return True
    if await has_work(instance_id):
        return False
    return await _settle(ports, before, await runtime.inspect(instance_id))


async def reconcile_node(ports: Ports, node: Node, runtime: Runtime, reported: set[UUID]) -> set[UUID]:
    """Look at everything on a node; returns the busy ones.

    reported: strays that were told of already; grows and shrinks with what is found.
    """
    rows = {row.id: row for row in await Instance.filter(node_id=node.id).exclude(state=InstanceState.DELETED)}
    observed = {item.instance_id: item for item in await runtime.list_instances()}
    at_work = Operation.filter(instance__node_id=node.id, state__in=list(OPEN_STATES))
    busy = rows.keys() & set(await column(at_work, "instance_id"))
    for row in rows.values():
        if row.id not in busy and not await _settle(ports, row, observed.get(row.id)):
            busy.add(row.id)
    unknown = observed.keys() - rows.keys()
    for deleted in await column(Instance.filter(id__in=list(unknown), state=InstanceState.DELETED), "id"):
        await _remove_left_over(runtime, deleted)
    strays = {instance_id for instance_id in unknown if await _is_stray(runtime, instance_id)}
    await _report(ports, node, [observed[stray] for stray in strays - reported])
    reported.clear()
    reported.update(strays)
    return busy


async def lose_sight(ports: Ports, node: Node) -> None:
    """The node does not answer: what ran there is unreachable until it does."""
    for row in await Instance.filter(node_id=node.id).exclude(state__in=list(KNOWN_WITHOUT_NODE)):
        if await has_work(row.id):
            continue
        async with unit_of_work(ports) as unit:
            instance = await locked(row.id)
            if instance.state not in KNOWN_WITHOUT_NODE and not await has_work(instance.id):
                await mark(unit, instance, InstanceState.UNREACHABLE, "Its node does not answer.")


async def _settle(ports: Ports, before: Instance, observed: Observed | None) -> bool:
    escaped = before.suspended and observed is not None and observed.state in LIVE
    if before.state in SETTLED and not differs(before, observed) and not escaped:
        return True
    async with unit_of_work(ports) as unit:
        instance = await locked(before.id)
        # Whoever changed the row since we looked may know better than what we saw.
        if instance.revision != before.revision or await has_work(instance.id):
            return False
        apply_observed(instance, observed, ports.clock.now())
        if escaped:
            # Its node was away when it was suspended, or somebody started it behind our back.
            await mark(unit, instance, InstanceState.STOPPING)
            await unit.enqueue("instances.suspend", Actor.system("watch"), instance=instance)
        else:
            await save(unit, instance)
    return True


async def _remove_left_over(runtime: Runtime, instance_id: UUID) -> None:
    """A worker that had lost its job without knowing may have made it once more after it was deleted."""
    if await runtime.inspect(instance_id) is not None:
        log.warning("instance %s was deleted, but its node still has it: removing it", instance_id)
        await runtime.destroy(instance_id)


async def _is_stray(runtime: Runtime, instance_id: UUID) -> bool:
    """Asked after the rows were read: an instance deployed or deleted meanwhile is none."""
    if await Instance.exists(id=instance_id):
        return False
    return await runtime.inspect(instance_id) is not None


async def _report(ports: Ports, node: Node, strays: list[Observed]) -> None:
    if not strays:
        return
    async with unit_of_work(ports) as unit:
        for stray in strays:
            unit.emit(stray_found(node, stray.instance_id, stray.runtime_id))
