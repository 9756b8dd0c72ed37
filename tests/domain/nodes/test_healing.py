"""What was left crooked (a node that was away, a zombie, a clean-up that failed) is put right by the next look."""

from __future__ import annotations

import pytest

from domain.errors import Unavailable
from domain.instances.destroy import destroy
from domain.instances.reconcile import lose_sight, reconcile_instance, reconcile_node
from domain.instances.suspend import suspend
from domain.jobs.claim import claim
from domain.models import InstanceState, Operation, OperationState, OutboxEvent
from domain.ports.runtime import RuntimeState
from tests.domain.instances.conftest import Place, place

__all__ = ["place"]
S = InstanceState


async def look_at_all(place: Place) -> None:
    await reconcile_node(place.ports, place.node, place.runtime, set())


async def test_what_was_suspended_while_its_node_was_away_is_stopped_when_it_is_back(place: Place) -> None:
    instance = await place.deployed()
    place.runtime.fail_always(Unavailable("The engine does not answer."))
    promised = await suspend(place.ports, place.platform, instance.id)
    while (await Operation.get(id=promised.operation.id)).state is not OperationState.FAILED:
        await place.work()
        place.ports.clock.advance(60)  # type: ignore[attr-defined]
    assert (await place.look(instance)).state is S.UNREACHABLE
    place.runtime.fail_always(None)
    await look_at_all(place)
    await place.work()
    observed = await place.runtime.inspect(instance.id)
    assert observed is not None
    assert observed.state is RuntimeState.STOPPED
    assert ((await place.look(instance)).state, (await place.look(instance)).suspended) == (S.STOPPED, True)


async def test_a_suspended_one_that_somebody_starts_is_stopped_again(place: Place) -> None:
    instance = await place.deployed()
    await suspend(place.ports, place.platform, instance.id)
    await place.work()
    await place.runtime.start(instance.id)
    assert await reconcile_instance(place.ports, place.runtime, instance.id)
    await place.work()
    assert (await place.look(instance)).state is S.STOPPED


@pytest.mark.parametrize("by_name", [True, False])
async def test_what_a_zombie_made_again_after_its_deletion_is_removed(place: Place, by_name: bool) -> None:
    instance = await place.deployed()
    spec = place.runtime.spec_of(instance.id)
    await destroy(place.ports, place.owner, instance.id)
    await place.work()
    await place.runtime.create(spec)
    if by_name:
        await reconcile_instance(place.ports, place.runtime, instance.id)
    else:
        await look_at_all(place)
    assert await place.runtime.list_instances() == []
    assert not await OutboxEvent.filter(name="StrayContainerFound").exists()


@pytest.mark.parametrize("state", [S.DELETING, S.INSTALLING, S.STARTING, S.RESIZING])
async def test_a_state_that_no_operation_owns_is_replaced_by_the_truth(place: Place, state: S) -> None:
    instance = await place.deployed()
    await place.runtime.kill(instance.id)
    await type(instance).filter(id=instance.id).update(state=state)
    await look_at_all(place)
    assert (await place.look(instance)).state is S.STOPPED


async def test_without_its_node_only_what_an_operation_owns_keeps_its_state(place: Place) -> None:
    abandoned, stopping = [await place.deployed(name=name, ports=()) for name in ("abandoned", "stopping")]
    await type(abandoned).filter(id=abandoned.id).update(state=S.STARTING)
    await destroy(place.ports, place.owner, stopping.id)
    await claim(place.ports, "at work", 1)
    await lose_sight(place.ports, place.node)
    assert (await place.look(abandoned)).state is S.UNREACHABLE
    assert (await place.look(stopping)).state is S.DELETING
