"""The feed: everyone who asked hears everything that matches, in order, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.errors import InvalidInput
from domain.events import Event
from domain.jobs.delivery import FeedOverflow
from domain.jobs.feed import Delivered, EventFeed, Match, cursor_of
from domain.jobs.relay import Relay, give_positions
from domain.jobs.upkeep import prune
from domain.models import OutboxEvent
from domain.ports import Ports
from domain.unit import unit_of_work
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("database")

ALL = Match(nouns=frozenset({"thing"}))


async def tell(ports: Ports, topic: str, number: int, tenant_id: UUID | None = None) -> None:
    async with unit_of_work(ports) as unit:
        unit.emit(Event("Happened", topic, {"number": number}, tenant_id))


@asynccontextmanager
async def running(ports: Ports, *, relay: bool = True) -> AsyncIterator[EventFeed]:
    feed = EventFeed(ports)
    tasks = [asyncio.create_task(feed.run())]
    if relay:
        tasks.append(asyncio.create_task(Relay(ports, "relay").run()))
    try:
        yield feed
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def take(source: AsyncIterator[Delivered], count: int) -> list[int]:
    async def read() -> list[int]:
        numbers: list[int] = []
        async for event in source:
            numbers.append(event.payload["number"])
            if len(numbers) == count:
                break
        return numbers

    return await asyncio.wait_for(read(), 10)


async def test_a_subscriber_hears_what_matches_in_order(ports: Ports) -> None:
    async with running(ports) as feed, feed.subscribe(Match(topics=frozenset({"thing:1"}))) as events:
        for number in range(6):
            await tell(ports, f"thing:{number % 2}", number)
        assert await take(events, 3) == [1, 3, 5]


async def test_tenants_hear_only_their_own(ports: Ports) -> None:
    mine, theirs = uuid4(), uuid4()
    match = Match(nouns=frozenset({"thing"}), tenants=frozenset({mine}))
    async with running(ports) as feed, feed.subscribe(match) as events:
        await tell(ports, "thing:1", 1, theirs)
        await tell(ports, "thing:1", 2, None)
        await tell(ports, "thing:1", 3, mine)
        assert await take(events, 1) == [3]


async def test_events_of_another_process_are_heard_without_its_bus(ports: Ports) -> None:
    """A command line writes rows only; the relay and the feed find them by themselves."""
    async with running(ports) as feed, feed.subscribe(ALL) as events:
        await OutboxEvent.create(topic="thing:1", noun="thing", name="Happened", payload={"number": 7})
        assert await take(events, 1) == [7]


async def test_a_slow_reader_of_states_finds_the_newest_of_each_topic(ports: Ports) -> None:
    async with running(ports, relay=False) as feed, feed.subscribe(ALL, latest_per_topic=True) as events:
        for number in range(100):
            await tell(ports, f"thing:{number % 2}", number)
        await give_positions()
        async with feed.subscribe(ALL) as probe:
            await tell(ports, "thing:9", 100)
            await give_positions()
            await take(probe, 1)
        assert await take(events, 3) == [98, 99, 100]


async def test_a_slow_reader_of_a_story_is_told_that_it_fell_behind(ports: Ports) -> None:
    async with running(ports) as feed, feed.subscribe(ALL, max_pending=3) as events, feed.subscribe(ALL) as probe:
        for number in range(5):
            await tell(ports, "thing:1", number)
        await take(probe, 5)
        assert await take(events, 3) == [0, 1, 2]
        with pytest.raises(FeedOverflow):
            await anext(events)


async def test_a_story_goes_from_the_store_into_live_without_loss(ports: Ports) -> None:
    async with running(ports) as feed:
        async with feed.subscribe(ALL) as probe:
            for number in range(450):
                await tell(ports, "thing:1", number)
            await take(probe, 450)
        async with feed.follow(ALL, cursor_of(10)) as story:
            for number in range(450, 460):
                await tell(ports, "thing:1", number)
            assert story.recovered is True
            assert await take(aiter(story), 450) == list(range(10, 460))


async def test_a_story_without_cursor_begins_now(ports: Ports) -> None:
    async with running(ports) as feed:
        async with feed.subscribe(ALL) as probe:
            await tell(ports, "thing:1", 1)
            await take(probe, 1)
        async with feed.follow(ALL, None) as story:
            assert story.recovered is None
            await tell(ports, "thing:1", 2)
            assert await take(aiter(story), 1) == [2]


async def test_a_story_says_when_retention_has_removed_a_part(ports: Ports, clock: FakeClock) -> None:
    for number in range(4):
        await tell(ports, "thing:1", number)
    await give_positions()
    old = clock.now() - timedelta(seconds=ports.limits.event_retention_s + 1)
    await OutboxEvent.filter(position__lte=2).update(created_at=old)
    await OutboxEvent.filter(position__gt=2).update(created_at=clock.now())
    await prune(ports)
    async with running(ports) as feed:
        async with feed.follow(ALL, cursor_of(1)) as story:
            assert story.recovered is False
            assert await take(aiter(story), 2) == [2, 3]
        async with feed.follow(ALL, cursor_of(2)) as story:
            assert story.recovered is True
            assert await take(aiter(story), 2) == [2, 3]


async def test_a_cursor_from_beyond_the_end_is_not_recovered(ports: Ports) -> None:
    async with running(ports) as feed, feed.follow(ALL, cursor_of(999)) as story:
        assert story.recovered is False


@pytest.mark.parametrize("cursor", ["", "x1", "e", "ezz", "1"])
async def test_a_foreign_cursor_is_refused(ports: Ports, cursor: str) -> None:
    async with running(ports) as feed:
        with pytest.raises(InvalidInput):
            async with feed.follow(ALL, cursor):
                pass
