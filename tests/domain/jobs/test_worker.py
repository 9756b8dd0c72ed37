"""The worker: every attempt ends in exactly one way, and says which."""

from __future__ import annotations

import asyncio

import pytest

from domain.access import Actor
from domain.errors import Conflict, Unavailable
from domain.jobs.claim import claim
from domain.jobs.job import Job
from domain.models import Operation, OperationState, OperationStep, OutboxEvent
from domain.ports import Ports
from domain.unit import unit_of_work
from tests.domain.jobs.conftest import Enqueue, Jobs
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("database")


async def state_of(operation: Operation) -> Operation:
    return await Operation.get(id=operation.id)


async def test_a_job_that_returns_has_succeeded(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    async def act(job: Job) -> dict[str, int]:
        return {"answer": 42}

    jobs.act = act
    queued = await enqueue()
    await jobs.worker(ports).run_until_idle()
    done = await state_of(queued)
    assert (done.state, done.result, done.progress, done.worker) == (
        OperationState.SUCCEEDED,
        {"answer": 42},
        100,
        None,
    )
    assert done.ended_at == ports.clock.now()
    names = [e.payload["state"] for e in await OutboxEvent.filter(noun="operation").order_by("seq")]
    assert names == ["queued", "succeeded"]


async def test_a_domain_error_fails_it_and_cleans_up(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    async def act(job: Job) -> None:
        raise Conflict("Port 80 is already in use on this node.")

    jobs.act = act
    queued = await enqueue()
    await jobs.worker(ports).run_until_idle()
    done = await state_of(queued)
    assert done.state is OperationState.FAILED
    assert done.error == {"code": "CONFLICT", "message": "Port 80 is already in use on this node."}
    assert jobs.failures == ["Port 80 is already in use on this node."]


async def test_an_unexpected_fault_fails_it_without_its_internals(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    async def act(job: Job) -> None:
        raise RuntimeError("secret path /etc/shadow")

    jobs.act = act
    queued = await enqueue()
    await jobs.worker(ports).run_until_idle()
    done = await state_of(queued)
    assert done.error == {"code": "INTERNAL", "message": "An internal error ended the operation."}


async def test_what_is_unavailable_is_tried_again_with_growing_waits(
    ports: Ports, enqueue: Enqueue, jobs: Jobs, clock: FakeClock
) -> None:
    async def act(job: Job) -> None:
        raise Unavailable("The engine does not answer.")

    jobs.act = act
    queued = await enqueue()
    worker = jobs.worker(ports)
    waits = []
    while (await state_of(queued)).state is not OperationState.FAILED:
        await worker.run_until_idle()
        waits.append(((await state_of(queued)).run_at - clock.now()).total_seconds())
        clock.advance(max(waits[-1], 0))
    assert waits[:-1] == [1, 2, 4, 8]
    assert jobs.outcomes == ["retried"] * 4 + ["failed"]
    assert len(jobs.failures) == 1


async def test_a_job_that_kills_its_workers_is_given_up(
    ports: Ports, enqueue: Enqueue, jobs: Jobs, clock: FakeClock
) -> None:
    queued = await enqueue()
    for _ in range(queued.max_attempts):
        await claim(ports, "dies", 1)
        clock.advance(ports.limits.operation_lease_s + 1)
    await jobs.worker(ports).run_until_idle()
    done = await state_of(queued)
    assert done.state is OperationState.FAILED
    assert jobs.runs == []
    assert len(jobs.failures) == 1


async def test_an_unknown_kind_fails(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    queued = await enqueue("no-such-kind")
    await jobs.worker(ports).run_until_idle()
    assert (await state_of(queued)).state is OperationState.FAILED


async def test_a_recorded_step_is_not_done_twice(ports: Ports, enqueue: Enqueue, jobs: Jobs, clock: FakeClock) -> None:
    done: list[str] = []

    async def step() -> dict[str, str]:
        done.append("once")
        return {"step": "result"}

    async def act(job: Job) -> dict[str, str] | None:
        result = await job.once("step", step)
        if job.operation.attempts == 1:
            raise Unavailable("The engine went away after the step.")
        return result

    jobs.act = act
    queued = await enqueue()
    worker = jobs.worker(ports)
    await worker.run_until_idle()
    clock.advance(60)
    await worker.run_until_idle()
    assert (await state_of(queued)).result == {"step": "result"}
    assert done == ["once"]
    assert await OperationStep.filter(operation_id=queued.id).count() == 1


async def test_a_zombie_writes_nothing(ports: Ports, enqueue: Enqueue, jobs: Jobs, clock: FakeClock) -> None:
    """A worker that was asleep longer than its lease finds its job done by another."""
    queued = await enqueue()

    async def act(job: Job) -> dict[str, str]:
        if job.operation.worker == "zombie":
            clock.advance(ports.limits.operation_lease_s + 1)
            await jobs.worker(ports, "heir").run_until_idle()
        return {"by": job.operation.worker or ""}

    jobs.act = act
    await jobs.worker(ports, "zombie").run_until_idle()
    assert (await state_of(queued)).result == {"by": "heir"}
    assert jobs.outcomes == ["succeeded", "lost"]


async def test_cancelling_is_heard_at_the_next_safe_point(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    async def act(job: Job) -> None:
        await Operation.filter(id=job.operation.id).update(cancel_requested=True)
        await job.check_cancelled()
        raise AssertionError("went on after the cancel")

    jobs.act = act
    queued = await enqueue()
    await jobs.worker(ports).run_until_idle()
    assert (await state_of(queued)).state is OperationState.CANCELLED
    assert jobs.failures == ["The operation was cancelled."]


async def test_progress_is_told_once_per_percent(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    async def act(job: Job) -> None:
        for percent, text in [(10, "a"), (10, "b"), (20, "c")]:
            await job.progress(percent, text)

    jobs.act = act
    await enqueue()
    await jobs.worker(ports).run_until_idle()
    told = [e.payload["progress_text"] for e in await OutboxEvent.filter(noun="operation").order_by("seq")]
    assert told == [None, "a", "c", "c"]


async def test_a_running_worker_is_woken_by_a_new_job(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    ran = asyncio.Event()

    async def act(job: Job) -> None:
        ran.set()

    jobs.act = act
    worker = jobs.worker(ports)
    running = asyncio.create_task(worker.run())
    await enqueue()
    await asyncio.wait_for(ran.wait(), 10)
    await worker.stop(grace_s=5)
    await asyncio.wait_for(running, 10)
    assert jobs.outcomes == ["succeeded"]


async def test_stopping_gives_back_what_is_not_done(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    begun = asyncio.Event()

    async def act(job: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    jobs.act = act
    worker = jobs.worker(ports)
    queued = await enqueue()
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(begun.wait(), 10)
    await worker.stop(grace_s=0)
    await asyncio.wait_for(running, 10)
    given_back = await state_of(queued)
    assert (given_back.state, given_back.attempts, given_back.worker) == (OperationState.QUEUED, 0, None)


async def test_a_job_and_its_change_are_one_transaction(ports: Ports, enqueue: Enqueue) -> None:
    with pytest.raises(Conflict):
        async with unit_of_work(ports) as unit:
            await unit.enqueue("test", Actor.system())
            raise Conflict("The change did not go through.")
    assert await Operation.all().count() == 0
    assert await OutboxEvent.all().count() == 0


async def test_a_dedupe_key_admits_one_operation_for_ever(ports: Ports, enqueue: Enqueue) -> None:
    from tortoise.exceptions import IntegrityError

    await enqueue(dedupe_key="slot")
    with pytest.raises(IntegrityError):
        await enqueue(dedupe_key="slot")
