"""Rosters of several replicas are one list, whatever happens to replicas and the bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from domain.ports.bus import Bus
from drivers.bus.memory import MemoryBus, MemoryHub
from drivers.bus.redis import RedisBus
from realtime.presence import Change, ChangeKind, Roster
from tests.realtime.faulty_bus import FaultyBus

PATIENCE_S = 5.0
TOPIC = "presence:room"


class Place:
    """A roster as one replica has it. seen: every change it told of."""

    def __init__(self, bus: Bus, name: str) -> None:
        self.seen: list[Change] = []
        self._moved = asyncio.Event()
        self.roster = Roster(bus, TOPIC, name, on_change=self._note, beat_s=0.05, lost_after_s=0.4)

    def _note(self, change: Change) -> None:
        self.seen.append(change)
        self._moved.set()

    async def has(self, members: dict[str, Any]) -> None:
        """Wait until it lists exactly these."""
        async with asyncio.timeout(PATIENCE_S):
            while self.roster.members() != members:
                self._moved.clear()
                await self._moved.wait()


@asynccontextmanager
async def present(*places: Place) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for place in places:
            await stack.enter_async_context(place.roster)
        yield


@pytest.fixture
def hub() -> MemoryHub:
    return MemoryHub()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def buses(request: pytest.FixtureRequest, hub: MemoryHub) -> AsyncIterator[list[FaultyBus]]:
    def made() -> Bus:
        return MemoryBus(hub) if request.param == "memory" else RedisBus(request.getfixturevalue("redis_url"))

    three = [FaultyBus(made()) for _ in range(3)]
    yield three
    for bus in three:
        await bus.close()


async def test_all_replicas_list_all_members(buses: list[FaultyBus]) -> None:
    one, two = Place(buses[0], "one"), Place(buses[1], "two")
    async with present(one, two):
        one.roster.join("1", {"name": "anna"})
        two.roster.join("2", {"name": "bert"})
        for place in (one, two):
            await place.has({"1": {"name": "anna"}, "2": {"name": "bert"}})
        one.roster.update("1", {"name": "anna", "typing": True})
        two.roster.leave("2")
        for place in (one, two):
            await place.has({"1": {"name": "anna", "typing": True}})
    assert [change.kind for change in two.seen if change.member_id == "1"][:2] == [ChangeKind.JOIN, ChangeKind.UPDATE]
    assert [change.kind for change in one.seen if change.member_id == "2"] == [ChangeKind.JOIN, ChangeKind.LEAVE]


async def test_who_comes_later_is_told(buses: list[FaultyBus]) -> None:
    one, two, three = (Place(bus, str(number)) for number, bus in enumerate(buses))
    one.roster.join("early", 1)
    async with present(one, two):
        two.roster.join("2", 2)
        await one.has({"early": 1, "2": 2})
        async with present(three):
            await three.has({"early": 1, "2": 2})


async def test_members_of_a_replica_that_ends_are_gone_at_once(buses: list[FaultyBus]) -> None:
    one, two = Place(buses[0], "one"), Place(buses[1], "two")
    async with present(one):
        async with present(two):
            two.roster.join("2", None)
            await one.has({"2": None})
        await one.has({})


async def test_members_of_a_replica_that_died_drop_out(buses: list[FaultyBus]) -> None:
    one, two = Place(buses[0], "one"), Place(buses[1], "two")
    async with present(one, two):
        two.roster.join("2", None)
        await one.has({"2": None})
        buses[1].swallows = True
        await one.has({})
        assert one.seen[-1] == Change(ChangeKind.LEAVE, "2", None)


async def test_what_was_lost_on_the_bus_is_asked_for(buses: list[FaultyBus]) -> None:
    one, two = Place(buses[0], "one"), Place(buses[1], "two")
    async with present(one, two):
        two.roster.join("2", None)
        await one.has({"2": None})
        buses[1].swallows = True
        two.roster.join("lost", None)
        two.roster.leave("2")
        await two.has({"lost": None})
        buses[1].swallows = False
        two.roster.join("3", None)
        await one.has({"lost": None, "3": None})


async def test_after_a_cut_of_the_bus_it_heals(buses: list[FaultyBus]) -> None:
    one, two = Place(buses[0], "one"), Place(buses[1], "two")
    async with present(one, two):
        buses[0].is_cut = buses[1].is_cut = True
        one.roster.join("1", None)
        two.roster.join("2", None)
        assert one.roster.members() == {"1": None}
        buses[0].is_cut = buses[1].is_cut = False
        for place in (one, two):
            await place.has({"1": None, "2": None})


async def test_noise_on_the_topic_changes_nothing(hub: MemoryHub) -> None:
    bus = MemoryBus(hub)
    one, two = Place(bus, "one"), Place(MemoryBus(hub), "two")
    async with present(one, two):
        for noise in (b"", b"{}", b"[1]", b'{"source":1}', b'{"source":"x","count":"y"}', b"\xff"):
            await bus.publish(TOPIC, noise)
        two.roster.join("2", None)
        await one.has({"2": None})


async def test_updates_of_who_is_absent_are_nothing(hub: MemoryHub) -> None:
    one = Place(MemoryBus(hub), "one")
    async with present(one):
        one.roster.update("nobody", 1)
        one.roster.leave("nobody")
        assert one.roster.members() == {}
        assert one.seen == []
