"""Workers that sleep, hearts that miss a beat, clean-ups that fail: no job is done by two, and every one ends."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest
from tortoise.exceptions import OperationalError

from domain.access import Actor
from domain.errors import Conflict, Unavailable
from domain.jobs.cancel import cancel_operation
from domain.jobs.claim import claim, give_back
from domain.jobs.job import Job, JobKind
from domain.jobs.registry import KINDS
from domain.jobs.worker import CLEAN_UP_TRIES, Worker
from domain.models import Operation, OperationState, OutboxEvent
from domain.models.sql import fetch
from domain.ports import Ports
from tests.domain.jobs.conftest import Enqueue, Jobs
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("database")
SYSTEM = Actor.system()


async def state_of(operation: Operation) -> Operation:
    return await Operation.get(id=operation.id)


async def revisions_told(operation: Operation) -> list[int]:
    rows = await OutboxEvent.filter(topic=f"operation:{operation.id}").order_by("seq")
    return [row.payload["revision"] for row in rows]


async def test_a_cancelled_operation_ends_with_a_revision_of_its_own(
    ports: Ports, enqueue: Enqueue, jobs: Jobs
) -> None:
    """Watchers keep the larger revision of two; an end that repeats one would never be shown."""

    async def act(job: Job) -> None:
        await cancel_operation(ports, SYSTEM, job.operation.id)
        await job.check_cancelled()

    jobs.act = act
    queued = await enqueue()
    await jobs.worker(ports).run_until_idle()
    told = await revisions_told(queued)
    assert told == sorted(set(told))
    assert told[-1] == (await state_of(queued)).revision


async def test_what_waits_is_cancelled_without_being_run(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    queued = await enqueue()
    await cancel_operation(ports, SYSTEM, queued.id)
    await jobs.worker(ports).run_until_idle()
    assert (await state_of(queued)).state is OperationState.CANCELLED
    assert (jobs.runs, jobs.failures) == ([], ["The operation was cancelled."])


async def test_a_cancel_during_an_attempt_does_not_wait_for_the_next_try(
    ports: Ports, enqueue: Enqueue, jobs: Jobs
) -> None:
    async def act(job: Job) -> None:
        await cancel_operation(ports, SYSTEM, job.operation.id)
        raise Unavailable("The engine does not answer.")

    jobs.act = act
    queued = await enqueue()
    await jobs.worker(ports).run_until_idle()
    assert (await state_of(queued)).state is OperationState.CANCELLED


async def test_a_zombie_that_fails_cleans_nothing_away(
    ports: Ports, enqueue: Enqueue, jobs: Jobs, clock: FakeClock
) -> None:
    queued = await enqueue()

    async def act(job: Job) -> None:
        if job.operation.worker == "zombie":
            clock.advance(ports.limits.operation_lease_s + 1)
            await jobs.worker(ports, "heir").run_until_idle()
            raise Conflict("It is there already.")

    jobs.act = act
    await jobs.worker(ports, "zombie").run_until_idle()
    assert (await state_of(queued)).state is OperationState.SUCCEEDED
    assert jobs.failures == []
    assert jobs.outcomes == ["succeeded", "lost"]


async def test_a_worker_that_slept_ends_its_old_attempt_before_it_resumes_the_job(
    ports: Ports, enqueue: Enqueue, jobs: Jobs, clock: FakeClock
) -> None:
    begun, at_work, most = asyncio.Event(), 0, 0
    release = asyncio.Event()

    async def act(job: Job) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        try:
            begun.set()
            if job.operation.attempts == 1:
                await release.wait()
        finally:
            at_work -= 1

    jobs.act = act
    queued = await enqueue()
    worker = jobs.worker(ports)
    idle = asyncio.create_task(worker.run_until_idle())
    await asyncio.wait_for(begun.wait(), 10)
    clock.advance(ports.limits.operation_lease_s + 1)
    await asyncio.wait_for(worker.run_until_idle(), 10)
    assert ((await state_of(queued)).state, len(jobs.runs), most) == (OperationState.SUCCEEDED, 2, 1)
    await asyncio.wait_for(idle, 10)


class Beats(logging.Handler):
    """Counts failed beats."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.failed.put_nowait(record.getMessage())


async def test_a_heart_that_missed_a_beat_goes_on(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    begun, release, beats = asyncio.Event(), asyncio.Event(), Beats()

    async def act(job: Job) -> None:
        begun.set()
        await release.wait()

    jobs.act = act
    await enqueue()
    worker = jobs.worker(replace(ports, limits=replace(ports.limits, operation_lease_s=0.06)), concurrency=1)
    logging.getLogger("domain.jobs.worker").addHandler(beats)
    running = asyncio.create_task(worker.run())
    try:
        await asyncio.wait_for(begun.wait(), 10)
        await fetch("ALTER TABLE operation RENAME TO operation_away")
        for _ in range(2):
            assert "could not be prolonged" in await asyncio.wait_for(beats.failed.get(), 10)
        await fetch("ALTER TABLE operation_away RENAME TO operation")
        release.set()
        await worker.stop(grace_s=5)
        await asyncio.wait_for(running, 10)
    finally:
        logging.getLogger("domain.jobs.worker").removeHandler(beats)
    assert jobs.outcomes == ["succeeded"]


async def test_the_heart_beats_until_the_last_job_has_ended(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    """A stop with a long grace must not let leases lapse."""
    begun, release = asyncio.Event(), asyncio.Event()

    async def act(job: Job) -> None:
        begun.set()
        await release.wait()

    jobs.act = act
    await enqueue()
    worker = jobs.worker(ports)
    running = asyncio.create_task(worker.run())
    await asyncio.wait_for(begun.wait(), 10)
    stopping = asyncio.create_task(worker.stop(grace_s=10))
    done, _ = await asyncio.wait([running, stopping], timeout=0.1)
    assert not done
    release.set()
    await asyncio.wait_for(asyncio.gather(running, stopping), 10)
    assert jobs.outcomes == ["succeeded"]


async def test_a_clean_up_that_always_fails_does_not_keep_the_operation_for_ever(
    ports: Ports, enqueue: Enqueue, clock: FakeClock
) -> None:
    attempts = 0

    async def run(job: Job) -> None:
        raise Conflict("It does not work.")

    async def clean_up(job: Job, error: Exception) -> None:
        nonlocal attempts
        attempts += 1
        raise RuntimeError("A fault of ours.")

    worker = Worker(ports, "host:1:1", {"test": JobKind(run, clean_up)})
    queued = await enqueue()
    while (await state_of(queued)).state is not OperationState.FAILED:
        await worker.run_until_idle()
        clock.advance(ports.limits.operation_lease_s + 1)
    assert attempts == queued.max_attempts + CLEAN_UP_TRIES + 1


async def test_a_fault_of_the_database_is_tried_again(
    ports: Ports, enqueue: Enqueue, jobs: Jobs, clock: FakeClock
) -> None:
    async def act(job: Job) -> None:
        if job.operation.attempts == 1:
            raise OperationalError("database is locked")

    jobs.act = act
    queued = await enqueue()
    worker = jobs.worker(ports)
    await worker.run_until_idle()
    clock.advance(60)
    await worker.run_until_idle()
    assert (await state_of(queued)).state is OperationState.SUCCEEDED
    assert jobs.outcomes == ["retried", "succeeded"]


@pytest.mark.parametrize("said", ["with NUL \0 inside", "half a pair \ud800", "x" * 100_000])
async def test_whatever_an_engine_says_the_operation_ends(
    ports: Ports, enqueue: Enqueue, jobs: Jobs, said: str
) -> None:
    async def act(job: Job) -> None:
        await job.progress(10, said)
        raise Conflict(said)

    jobs.act = act
    queued = await enqueue()
    await jobs.worker(ports).run_until_idle()
    ended = await state_of(queued)
    assert (ended.state, ended.error and ended.error["code"]) == (OperationState.FAILED, "CONFLICT")


async def test_progress_and_a_cancel_at_once_both_stay(ports: Ports, enqueue: Enqueue, jobs: Jobs) -> None:
    async def act(job: Job) -> None:
        told = [job.progress(percent, "on its way") for percent in range(10)]
        await asyncio.gather(*told, cancel_operation(ports, SYSTEM, job.operation.id))

    jobs.act = act
    queued = await enqueue()
    await jobs.worker(ports).run_until_idle()
    told = await revisions_told(queued)
    assert told == sorted(set(told))
    assert (await state_of(queued)).cancel_requested


async def test_giving_back_is_told(ports: Ports, enqueue: Enqueue) -> None:
    queued = await enqueue()
    await claim(ports, "first", 1)
    await give_back(ports, "first", [queued.id])
    told = await revisions_told(queued)
    assert told == sorted(set(told))
    assert told[-1] == (await state_of(queued)).revision


async def test_an_operation_of_an_unknown_kind_can_be_cancelled(ports: Ports, enqueue: Enqueue) -> None:
    """Left by a newer version that was taken back."""
    queued = await enqueue("of-tomorrow")
    assert "of-tomorrow" not in KINDS
    assert (await cancel_operation(ports, SYSTEM, queued.id)).cancel_requested
