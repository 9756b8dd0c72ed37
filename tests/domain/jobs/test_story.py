"""A story resumed by cursor: each event once, in order, at every page's edge and across replicas; a gap is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.errors import InvalidInput
from domain.events import Event
from domain.jobs.delivery import FeedOverflow, Subscriber, read_after
from domain.jobs.feed import Match, cursor_of
from domain.jobs.relay import give_positions
from domain.jobs.story import PAGE, open_story
from domain.jobs.upkeep import prune
from domain.models import Instance, Operation, OperationState, OperationStep, OutboxEvent
from domain.ports import Ports
from domain.unit import unit_of_work
from tests.domain.jobs.test_feed import ALL, running, take
from tests.domain.rows import image, node, person, tenant
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("database")


async def tell_many(ports: Ports, count: int) -> None:
    """Events 1 … count, at positions 1 … count."""
    async with unit_of_work(ports) as unit:
        for number in range(1, count + 1):
            unit.emit(Event("Happened", "thing:1", {"number": number}))
    while await give_positions():
        pass


async def forget_until(ports: Ports, clock: FakeClock, position: int) -> None:
    old = clock.now() - timedelta(seconds=ports.limits.event_retention_s + 1)
    await OutboxEvent.all().update(created_at=clock.now())
    await OutboxEvent.filter(position__lte=position).update(created_at=old)
    await prune(ports)


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
async def test_nothing_is_lost_or_doubled_at_the_edge_of_a_page(ports: Ports, count: int) -> None:
    await tell_many(ports, count + 1)
    async with running(ports) as feed, feed.follow(ALL, cursor_of(1)) as story:
        assert story.recovered is True
        async with unit_of_work(ports) as unit:
            unit.emit(Event("Happened", "thing:1", {"number": count + 2}))
        assert await take(aiter(story), count + 1) == list(range(2, count + 3))


async def test_a_cursor_from_a_replica_that_is_ahead_doubles_nothing(ports: Ports) -> None:
    """The reader comes from a replica whose feed had handed out 1 … 4; ours has come to 2 by now."""
    await tell_many(ports, 5)
    live = Subscriber(ALL, latest_per_topic=False, max_pending=10)
    story = await open_story(ALL, cursor_of(4), live, live_from=2)
    for event in await read_after(2, 10):
        live.offer(event)
    assert await take(aiter(story), 1) == [5]
    assert story.recovered is True


async def test_a_cursor_after_everything_was_pruned(ports: Ports, clock: FakeClock) -> None:
    await tell_many(ports, 3)
    await forget_until(ports, clock, 3)
    assert await OutboxEvent.all().count() == 0
    async with running(ports) as feed:
        async with feed.follow(ALL, cursor_of(3)) as story:
            assert story.recovered is True
        async with feed.follow(ALL, cursor_of(2)) as story:
            assert story.recovered is False
            async with unit_of_work(ports) as unit:
                unit.emit(Event("Happened", "thing:1", {"number": 4}))
            assert await take(aiter(story), 1) == [4]


async def test_retention_that_overtakes_a_slow_reader_is_told(ports: Ports, clock: FakeClock) -> None:
    await tell_many(ports, 3 * PAGE)
    async with running(ports) as feed, feed.follow(ALL, cursor_of(0)) as story:
        reading = aiter(story)
        assert await take(reading, PAGE) == list(range(1, PAGE + 1))
        await forget_until(ports, clock, 2 * PAGE)
        with pytest.raises(FeedOverflow):
            await anext(aiter(story))


@pytest.mark.parametrize("cursor", ["e-1", "e 1", "e1_0", "e٣", "E1", "e" + "f" * 17, "e1\n", "e\0"])
async def test_only_cursors_as_we_write_them_are_taken(ports: Ports, cursor: str) -> None:
    async with running(ports) as feed:
        with pytest.raises(InvalidInput):
            async with feed.follow(ALL, cursor):
                pass


async def test_the_largest_cursor_is_no_fault(ports: Ports) -> None:
    async with running(ports) as feed, feed.follow(ALL, "e" + "f" * 16) as story:
        assert story.recovered is False


async def test_a_match_of_nothing_reads_nothing(ports: Ports) -> None:
    await tell_many(ports, 3)
    async with running(ports) as feed, feed.follow(Match(), cursor_of(0)) as story:
        assert await story._stored() == []
    nobody = Match(nouns=frozenset({"thing"}), tenants=frozenset())
    async with running(ports) as feed, feed.follow(nobody, cursor_of(0)) as story:
        assert await story._stored() == []


async def test_writers_at_once_keep_the_order_of_each_topic(ports: Ports) -> None:
    """Each topic's writers hold a row one after the other; two relays at once number what they wrote."""
    owner, of, host, made_of = await person(), await tenant(), await node(), await image()
    rows = [
        await Instance.create(
            tenant_id=of.id,
            owner_id=owner.id,
            node_id=host.id,
            image_id=made_of.id,
            image_ref="site:1",
            name=str(number),
            memory_bytes=1,
            cpu_millis=1,
        )
        for number in range(3)
    ]

    async def write(number: int) -> None:
        async with unit_of_work(ports) as unit:
            row = await Instance.filter(id=rows[number % 3].id).select_for_update().get()
            row.revision += 1
            await row.save(update_fields=["revision"])
            unit.emit(Event("Happened", f"thing:{number % 3}", {"number": row.revision}))

    async def relay() -> None:
        while await OutboxEvent.filter(position__not_isnull=True).count() < 60:
            await give_positions()

    await asyncio.wait_for(asyncio.gather(*(write(number) for number in range(60)), relay(), relay()), 20)
    events = await OutboxEvent.all().order_by("position")
    assert [event.position for event in events] == list(range(1, 61))
    for number in range(3):
        told = [event.payload["number"] for event in events if event.topic == f"thing:{number}"]
        assert told == list(range(2, 22))


async def test_pruned_operations_take_their_steps_along(ports: Ports, clock: FakeClock) -> None:
    old = clock.now() - timedelta(seconds=ports.limits.operation_retention_s + 1)
    for ended_at, state in ((old, OperationState.FAILED), (clock.now(), OperationState.FAILED)):
        row = await Operation.create(id=uuid4(), kind="test", state=state, run_at=old, ended_at=ended_at)
        await OperationStep.create(operation_id=row.id, name="step")
    await Operation.create(kind="test", state=OperationState.QUEUED, run_at=old)
    await prune(ports)
    assert await Operation.all().count() == 2
    assert await OperationStep.all().count() == 1
