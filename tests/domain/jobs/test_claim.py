"""Taking jobs: in order, one at a time per lane, and never by two workers."""

from __future__ import annotations

import asyncio

import pytest

from domain.jobs.claim import claim, extend, give_back, release_workers, running_workers
from domain.models import Operation, OperationState
from domain.ports import Ports
from tests.domain.jobs.conftest import Enqueue
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("database")


async def test_takes_the_oldest_first_up_to_the_limit(ports: Ports, enqueue: Enqueue) -> None:
    queued = [await enqueue() for _ in range(5)]
    taken = await claim(ports, "w", 3)
    assert [o.id for o in taken] == [o.id for o in queued[:3]]
    assert {o.state for o in taken} == {OperationState.RUNNING}
    assert [o.attempts for o in taken] == [1, 1, 1]


async def test_leaves_what_is_not_due_yet(ports: Ports, enqueue: Enqueue, clock: FakeClock) -> None:
    await enqueue(delay_s=10)
    assert await claim(ports, "w", 10) == []
    clock.advance(11)
    assert len(await claim(ports, "w", 10)) == 1


async def test_runs_one_job_of_a_lane_at_a_time_in_order(ports: Ports, enqueue: Enqueue) -> None:
    first = await enqueue(lane="a")
    second = await enqueue(lane="a")
    other = await enqueue(lane="b")
    assert [o.id for o in await claim(ports, "w", 10)] == [first.id, other.id]
    assert await claim(ports, "w", 10) == []
    await Operation.filter(id=first.id).update(state=OperationState.SUCCEEDED, running_lane=None)
    assert [o.id for o in await claim(ports, "w", 10)] == [second.id]


async def test_a_waiting_retry_keeps_its_place_in_the_lane(ports: Ports, enqueue: Enqueue) -> None:
    await enqueue(lane="a", delay_s=60)
    await enqueue(lane="a")
    assert await claim(ports, "w", 10) == []


async def test_takes_over_a_job_whose_lease_lapsed(ports: Ports, enqueue: Enqueue, clock: FakeClock) -> None:
    queued = await enqueue(lane="a")
    await claim(ports, "first", 1)
    clock.advance(ports.limits.operation_lease_s - 1)
    assert await claim(ports, "second", 1) == []
    clock.advance(2)
    [taken] = await claim(ports, "second", 1)
    assert (taken.id, taken.worker, taken.attempts) == (queued.id, "second", 2)


async def test_a_heartbeat_keeps_a_job(ports: Ports, enqueue: Enqueue, clock: FakeClock) -> None:
    [taken] = [await enqueue()] and await claim(ports, "first", 1)
    clock.advance(ports.limits.operation_lease_s - 1)
    assert await extend(ports, "first", [taken.id]) == {taken.id}
    clock.advance(2)
    assert await claim(ports, "second", 1) == []


async def test_a_heartbeat_does_not_bring_back_a_lost_job(ports: Ports, enqueue: Enqueue, clock: FakeClock) -> None:
    await enqueue()
    [taken] = await claim(ports, "first", 1)
    clock.advance(ports.limits.operation_lease_s + 1)
    await claim(ports, "second", 1)
    assert await extend(ports, "first", [taken.id]) == set()


async def test_what_is_given_back_is_free_at_once_and_costs_no_attempt(ports: Ports, enqueue: Enqueue) -> None:
    await enqueue(lane="a")
    [taken] = await claim(ports, "first", 1)
    await give_back(ports, "first", [taken.id])
    [again] = await claim(ports, "second", 1)
    assert (again.id, again.attempts) == (taken.id, 1)


async def test_jobs_of_dead_workers_are_released(ports: Ports, enqueue: Enqueue) -> None:
    await enqueue()
    await claim(ports, "dead", 1)
    assert await running_workers() == ["dead"]
    assert await release_workers(ports, ["other"]) == 0
    assert await release_workers(ports, ["dead"]) == 1
    assert len(await claim(ports, "alive", 1)) == 1


async def test_concurrent_claims_never_share_a_job_or_a_lane(ports: Ports, enqueue: Enqueue) -> None:
    for number in range(30):
        await enqueue(lane=f"lane-{number % 10}")
    taken = await asyncio.gather(*(claim(ports, f"w{n}", 4) for n in range(8)))
    ids = [o.id for batch in taken for o in batch]
    assert len(ids) == len(set(ids))
    running = await Operation.filter(state=OperationState.RUNNING)
    lanes = [o.lane for o in running]
    assert len(lanes) == len(set(lanes)) > 0
