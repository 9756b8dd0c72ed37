"""Operations behind one another, called off, or failed half-way: the row says what is true, and never too early."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.errors import Conflict, DomainError, InvalidInput, NotFound, Unavailable
from domain.instances.deploy import deploy
from domain.instances.destroy import destroy
from domain.instances.kill import kill
from domain.instances.redeploy import redeploy
from domain.instances.resize import resize
from domain.instances.restart import restart
from domain.instances.start import start
from domain.instances.stop import stop
from domain.instances.suspend import suspend
from domain.instances.unsuspend import unsuspend
from domain.jobs.cancel import cancel_operation
from domain.jobs.claim import claim
from domain.jobs.finish import succeed
from domain.jobs.job import Job
from domain.jobs.registry import KINDS
from domain.models import Image, Instance, InstanceState, Operation, OperationState
from domain.ports.runtime import RuntimeState
from tests.domain.instances.conftest import Place
from tests.domain.rows import image

S = InstanceState


async def running_state(place: Place, instance: Instance) -> RuntimeState | None:
    observed = await place.runtime.inspect(instance.id)
    return observed.state if observed else None


async def test_an_end_does_not_show_as_settled_while_a_kill_waits(place: Place) -> None:
    """Else a restart would be accepted in between, and run after the kill."""
    instance = await place.deployed()
    await restart(place.ports, place.owner, instance.id)
    hold = place.runtime.hold("restart")
    work = asyncio.create_task(place.work())
    await asyncio.wait_for(hold.reached.wait(), 10)
    killed = await kill(place.ports, place.owner, instance.id)
    kept = place.runtime.hold("kill")
    hold.released.set()
    await asyncio.wait_for(kept.reached.wait(), 10)
    assert (await place.look(instance)).state is S.STOPPING
    with pytest.raises(Conflict):
        await restart(place.ports, place.owner, instance.id)
    kept.released.set()
    await asyncio.wait_for(work, 10)
    assert (await Operation.get(id=killed.operation.id)).state is OperationState.SUCCEEDED
    assert (await place.look(instance)).state is S.STOPPED


async def test_a_suspension_lifted_before_its_turn_stops_nothing(place: Place) -> None:
    instance = await place.deployed()
    await restart(place.ports, place.owner, instance.id)
    await suspend(place.ports, place.platform, instance.id)
    [restarting] = await claim(place.ports, "other", 1)
    await KINDS["instances.restart"].run(Job(place.ports, restarting))
    await unsuspend(place.ports, place.platform, instance.id)
    await succeed(place.ports, restarting, None)
    await place.work()
    same = await place.look(instance)
    assert (same.state, same.suspended, same.was_running) == (S.RUNNING, False, False)


@pytest.mark.parametrize(
    ("verb", "state"), [(stop, S.RUNNING), (restart, S.RUNNING), (redeploy, S.RUNNING), (kill, S.RUNNING)]
)
async def test_what_was_called_off_leaves_a_running_instance_running(place: Place, verb: Any, state: S) -> None:
    instance = await place.deployed()
    promised = await verb(place.ports, place.owner, instance.id)
    await cancel_operation(place.ports, place.owner, promised.operation.id)
    await place.work()
    same = await place.look(instance)
    assert (await Operation.get(id=promised.operation.id)).state is OperationState.CANCELLED
    assert (same.state, same.state_reason) == (state, None)
    assert await running_state(place, instance) is RuntimeState.RUNNING


async def test_a_start_that_was_called_off_is_no_failure(place: Place) -> None:
    instance = await place.deployed()
    await stop(place.ports, place.owner, instance.id)
    await place.work()
    promised = await start(place.ports, place.owner, instance.id)
    await cancel_operation(place.ports, place.owner, promised.operation.id)
    await place.work()
    assert (await place.look(instance)).state is S.STOPPED


async def test_a_restart_that_fails_before_the_stop_leaves_it_running(place: Place) -> None:
    instance = await place.deployed()
    place.runtime.fail_next("restart", DomainError("The engine refused."))
    await restart(place.ports, place.owner, instance.id)
    await place.work()
    same = await place.look(instance)
    assert (same.state, same.state_reason) == (S.RUNNING, "The engine refused.")


async def test_a_redeploy_that_never_touched_the_old_container_describes_that_one(place: Place) -> None:
    instance = await place.deployed()
    other = await image(ref="missing/site:2")
    await redeploy(place.ports, place.owner, instance.id, image_id=other.id, env={"NEW": "1"})
    await place.work()
    same = await place.look(instance)
    assert (same.state, same.image_id, same.image_ref) == (S.RUNNING, place.image.id, "site:1")
    assert same.env == place.runtime.spec_of(instance.id).env
    assert same.state_reason is not None


async def test_a_redeploy_undone_after_its_old_image_was_deleted(place: Place) -> None:
    instance = await place.deployed()
    promised = await redeploy(place.ports, place.owner, instance.id, image_id=(await image(ref="site:2")).id)
    await cancel_operation(place.ports, place.owner, promised.operation.id)
    await Image.filter(id=place.image.id).delete()
    await place.work()
    same = await place.look(instance)
    assert (same.state, same.image_id, same.image_ref) == (S.RUNNING, None, "site:1")


async def test_a_redeploy_that_fails_after_the_removal_keeps_what_was_asked_for(place: Place) -> None:
    instance = await place.deployed()
    place.runtime.fail_next("create", Conflict("No space."))
    await redeploy(place.ports, place.owner, instance.id, env={"NEW": "1"})
    await place.work()
    failed = await place.look(instance)
    assert (failed.state, failed.state_reason, failed.env) == (S.FAILED, "No space.", {"NEW": "1"})


async def test_a_size_of_zero_is_refused(place: Place) -> None:
    instance = await place.deployed()
    with pytest.raises(InvalidInput):
        await resize(place.ports, place.owner, instance.id, memory_bytes=0, cpu_millis=500)


async def test_a_build_whose_clean_up_fails_is_shown_as_failed(place: Place) -> None:
    place.runtime.fail_next("start", Conflict("It does not start."))
    place.runtime.fail_next("destroy", DomainError("The volume is busy."))
    promised = await deploy(place.ports, place.owner, place.spec())
    await place.work()
    failed = await place.look(promised.instance)
    assert (failed.state, failed.state_reason) == (S.FAILED, "It does not start.")


async def test_deleting_on_a_node_that_is_away_can_be_repeated_when_it_is_back(place: Place) -> None:
    instance = await place.deployed()
    place.runtime.fail_always(Unavailable("The engine does not answer."))
    promised = await destroy(place.ports, place.owner, instance.id)
    while (await Operation.get(id=promised.operation.id)).state is not OperationState.FAILED:
        await place.work()
        place.ports.clock.advance(60)  # type: ignore[attr-defined]
    assert (await place.look(instance)).state is S.FAILED
    place.runtime.fail_always(None)
    await destroy(place.ports, place.owner, instance.id)
    await place.work()
    assert (await place.look(instance)).state is S.DELETED
    assert await place.runtime.list_instances() == []


async def test_deleting_while_a_build_hangs_ends_both(place: Place) -> None:
    promised = await deploy(place.ports, place.owner, place.spec())
    hold = place.runtime.hold("create")
    work = asyncio.create_task(place.work())
    await asyncio.wait_for(hold.reached.wait(), 10)
    await destroy(place.ports, place.owner, promised.instance.id)
    hold.released.set()
    await asyncio.wait_for(work, 10)
    await place.work()
    assert (await place.look(promised.instance)).state is S.DELETED
    assert await place.runtime.list_instances() == []
    with pytest.raises(NotFound):
        await start(place.ports, place.owner, promised.instance.id)
