"""Start, stop, kill, restart, suspend: the state is what the runtime reports, and nothing overlaps."""

from __future__ import annotations

import pytest

from domain.errors import Conflict, DomainError, Forbidden, Unavailable
from domain.instances.deploy import deploy
from domain.instances.destroy import destroy
from domain.instances.kill import kill
from domain.instances.observe import GONE
from domain.instances.restart import restart
from domain.instances.start import start
from domain.instances.stop import stop
from domain.instances.suspend import suspend
from domain.instances.unsuspend import unsuspend
from domain.models import AuditEntry, Instance, InstanceState, Operation, OperationState, OutboxEvent
from domain.ports.runtime import RuntimeState
from tests.domain.instances.conftest import Place, Verb

S = InstanceState


async def states(instance: Instance) -> list[str]:
    rows = await OutboxEvent.filter(topic=f"instance:{instance.id}").order_by("seq")
    return [row.payload["state"] for row in rows]


async def test_stop_then_start(place: Place) -> None:
    instance = await place.deployed()
    await stop(place.ports, place.owner, instance.id)
    await place.work()
    assert (await place.look(instance)).state is S.STOPPED
    await start(place.ports, place.owner, instance.id)
    await place.work()
    assert (await place.look(instance)).state is S.RUNNING
    assert await states(instance) == ["installing", "running", "stopping", "stopped", "starting", "running"]


async def test_restart_and_kill(place: Place) -> None:
    instance = await place.deployed()
    await restart(place.ports, place.owner, instance.id)
    await place.work()
    assert (await place.look(instance)).state is S.RUNNING
    assert place.runtime.calls["restart"] == 1
    await kill(place.ports, place.owner, instance.id)
    await place.work()
    observed = await place.runtime.inspect(instance.id)
    assert observed is not None
    assert observed.state is RuntimeState.STOPPED
    assert (await place.look(instance)).state is S.STOPPED


async def test_a_paused_instance_goes_on(place: Place) -> None:
    instance = await place.deployed()
    await place.runtime.pause(instance.id)
    await Instance.filter(id=instance.id).update(state=S.PAUSED)
    await start(place.ports, place.owner, instance.id)
    await place.work()
    assert (await place.look(instance)).state is S.RUNNING
    assert place.runtime.calls["unpause"] == 1


async def test_starting_makes_a_lost_container_again(place: Place) -> None:
    instance = await place.deployed()
    await stop(place.ports, place.owner, instance.id)
    await place.work()
    await place.runtime.destroy(instance.id, keep_data=True)
    await start(place.ports, place.owner, instance.id)
    await place.work()
    assert (await place.look(instance)).state is S.RUNNING


async def test_stopping_what_is_gone_says_so(place: Place) -> None:
    instance = await place.deployed()
    await place.runtime.destroy(instance.id)
    await stop(place.ports, place.owner, instance.id)
    await place.work()
    gone = await place.look(instance)
    assert (gone.state, gone.state_reason) == (S.FAILED, GONE)


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        (start, S.RUNNING),
        (start, S.INSTALLING),
        (start, S.DELETING),
        (stop, S.STOPPED),
        (stop, S.STARTING),
        (restart, S.STOPPED),
        (restart, S.FAILED),
        (kill, S.STOPPED),
        (kill, S.INSTALLING),
    ],
)
async def test_a_wrong_state_is_a_conflict_and_changes_nothing(place: Place, verb: Verb, state: S) -> None:
    instance = await place.deployed()
    await Instance.filter(id=instance.id).update(state=state)
    with pytest.raises(Conflict):
        await verb(place.ports, place.owner, instance.id)
    assert (await place.look(instance)).state is state
    assert await Operation.filter(instance_id=instance.id).count() == 1


@pytest.mark.parametrize("verb", [start, stop, restart, kill])
async def test_a_viewer_may_not(place: Place, verb: Verb) -> None:
    instance = await place.deployed()
    with pytest.raises(Forbidden):
        await verb(place.ports, place.viewer, instance.id)


async def test_a_failed_start_says_why(place: Place) -> None:
    instance = await place.deployed()
    await stop(place.ports, place.owner, instance.id)
    await place.work()
    place.runtime.fail_next("start", Conflict("Port 8080 is already in use on this node."))
    await start(place.ports, place.owner, instance.id)
    await place.work()
    failed = await place.look(instance)
    assert (failed.state, failed.state_reason) == (S.FAILED, "Port 8080 is already in use on this node.")


async def test_a_failed_stop_shows_what_is_true(place: Place) -> None:
    instance = await place.deployed()
    place.runtime.fail_next("stop", DomainError("The engine refused."))
    await stop(place.ports, place.owner, instance.id)
    await place.work()
    assert (await place.look(instance)).state is S.RUNNING


async def test_an_engine_that_stays_away_makes_it_unreachable(place: Place) -> None:
    instance = await place.deployed()
    place.runtime.fail_always(Unavailable("The engine does not answer."))
    promised = await stop(place.ports, place.owner, instance.id)
    for _ in range(promised.operation.max_attempts):
        await place.work()
        place.ports.clock.advance(60)  # type: ignore[attr-defined]
    lost = await place.look(instance)
    assert (lost.state, lost.state_reason) == (S.UNREACHABLE, "The engine does not answer.")
    assert (await Operation.get(id=promised.operation.id)).state is OperationState.FAILED


async def test_a_suspended_instance_is_stopped_and_stays_so(place: Place) -> None:
    instance = await place.deployed()
    await suspend(place.ports, place.platform, instance.id, "abuse")
    await place.work()
    held = await place.look(instance)
    assert (held.state, held.suspended, held.suspended_reason) == (S.STOPPED, True, "abuse")
    for verb in (start, restart):
        with pytest.raises(Conflict):
            await verb(place.ports, place.owner, instance.id)
    with pytest.raises(Conflict):
        await suspend(place.ports, place.platform, instance.id)
    await unsuspend(place.ports, place.platform, instance.id)
    await place.work()
    free = await place.look(instance)
    assert (free.state, free.suspended, free.suspended_reason) == (S.RUNNING, False, None)
    actions = [row.action for row in await AuditEntry.filter(subject=str(instance.id)).order_by("created_at", "id")]
    assert actions == ["instance.suspended", "instance.unsuspended"]


async def test_suspending_does_not_wait_for_what_is_under_way(place: Place) -> None:
    promised = await deploy(place.ports, place.owner, place.spec())
    held = await suspend(place.ports, place.platform, promised.instance.id)
    assert (held.instance.state, held.instance.suspended) == (S.INSTALLING, True)
    await place.work()
    assert (await place.look(promised.instance)).state is S.STOPPED
    await unsuspend(place.ports, place.platform, promised.instance.id)
    await place.work()
    assert (await place.look(promised.instance)).state is S.RUNNING


async def test_what_is_being_deleted_is_not_suspended(place: Place) -> None:
    instance = await place.deployed()
    await destroy(place.ports, place.owner, instance.id)
    with pytest.raises(Conflict):
        await suspend(place.ports, place.platform, instance.id)


async def test_unsuspending_leaves_stopped_what_was_stopped(place: Place) -> None:
    instance = await place.deployed()
    await stop(place.ports, place.owner, instance.id)
    await place.work()
    await suspend(place.ports, place.platform, instance.id)
    await place.work()
    await unsuspend(place.ports, place.platform, instance.id)
    await place.work()
    assert (await place.look(instance)).state is S.STOPPED
    with pytest.raises(Conflict):
        await unsuspend(place.ports, place.platform, instance.id)


async def test_only_the_platform_suspends(place: Place) -> None:
    instance = await place.deployed()
    with pytest.raises(Forbidden):
        await suspend(place.ports, place.owner, instance.id)
    with pytest.raises(Forbidden):
        await unsuspend(place.ports, place.owner, instance.id)
