"""The bus fails in every way it can: what is remembered is heard all the same, what is not is said to be lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from msgspec import Raw
from tortoise.context import TortoiseContext

from domain.channels.log import ChannelKey, Place
from domain.channels.policy import ChannelPolicy
from domain.errors import Unavailable
from domain.ports import Ports
from drivers.bus.memory import MemoryBus, MemoryHub
from realtime.bus.channel_room import ChannelRoom
from realtime.bus.publishing import Publishing
from tests.domain import rows
from tests.domain.conftest import clock, ports, runtimes
from tests.realtime.bus.reader import Reader
from tests.realtime.faulty_bus import FaultyBus

__all__ = ["clock", "ports", "runtimes"]

KEPT = ChannelPolicy(history_count=100, has_presence=False)
PLAIN = ChannelPolicy(has_presence=False)


@dataclass(slots=True)
class Replica:
    """One process: what it publishes with, and its open room with one reader in it."""

    bus: FaultyBus
    publishing: Publishing
    room: ChannelRoom
    reader: Reader

    async def say(self, data: str) -> Place | None:
        published = await self.publishing.publish(self.room.key, self.room.policy, Raw(data.encode()), None)
        return await published

    async def heard(self, count: int) -> list[Any]:
        return [push["data"]["data"] for push in await self.reader.pushed(count)]


@asynccontextmanager
async def replica(ports: Ports, hub: MemoryHub, key: ChannelKey, policy: ChannelPolicy) -> AsyncIterator[Replica]:
    bus, reader = FaultyBus(MemoryBus(hub)), Reader()
    own = replace(ports, bus=bus)
    room = ChannelRoom(own, key, policy, "replica")
    publishing = Publishing(own, f"source {id(bus)}", lambda _: room)
    running = asyncio.create_task(publishing.run())
    await room.opened()
    member = reader.as_member()
    await room.enter(member, None)
    room.begin(member)
    try:
        yield Replica(bus, publishing, room, reader)
    finally:
        await publishing.close()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await room.close()


@pytest.fixture
async def key(database: TortoiseContext) -> ChannelKey:
    return ChannelKey((await rows.tenant()).id, "news")


async def test_what_is_lost_on_the_bus_is_found_in_the_log(ports: Ports, key: ChannelKey) -> None:
    hub = MemoryHub()
    async with replica(ports, hub, key, KEPT) as one, replica(ports, hub, key, KEPT) as two:
        one.bus.swallows = True
        for number in range(3):
            await one.say(str(number))
        one.bus.swallows = False
        await one.say("3")
        assert await two.heard(4) == [0, 1, 2, 3]
        assert await one.heard(4) == [0, 1, 2, 3]


async def test_while_the_bus_is_away_it_is_stored_and_acknowledged(ports: Ports, key: ChannelKey) -> None:
    hub = MemoryHub()
    async with replica(ports, hub, key, KEPT) as one, replica(ports, hub, key, KEPT) as two:
        one.bus.is_cut = two.bus.is_cut = True
        place = await one.say("1")
        assert place is not None
        assert place.position == 1
        assert await one.heard(1) == [1]
        assert two.reader.got == []
        await two.room.look_again()
        assert await two.heard(1) == [1]


async def test_two_who_publish_at_once_are_heard_in_one_order(ports: Ports, key: ChannelKey) -> None:
    hub = MemoryHub()
    async with replica(ports, hub, key, KEPT) as one, replica(ports, hub, key, KEPT) as two:
        await asyncio.gather(*(who.say(f'"{n}"') for n in range(20) for who in (one, two)))
        assert await one.heard(40) == await two.heard(40)
        positions = [push["data"]["offset"] for push in await one.reader.pushed(40)]
        assert positions == list(range(1, 41))


async def test_what_comes_twice_is_said_once(ports: Ports, key: ChannelKey) -> None:
    for policy in (PLAIN, KEPT):
        hub, channel = MemoryHub(), replace(key, name=f"c{policy.history_count}")
        async with replica(ports, hub, channel, policy) as one, replica(ports, hub, channel, policy) as two:
            one.bus.doubles = True
            await one.say("1")
            await one.say("2")
            for who in (one, two):
                assert await who.heard(2) == [1, 2]


async def test_without_history_nobody_is_told_that_it_arrived(ports: Ports, key: ChannelKey) -> None:
    hub = MemoryHub()
    async with replica(ports, hub, key, PLAIN) as one, replica(ports, hub, key, PLAIN) as two:
        one.bus.is_cut = True
        with pytest.raises(Unavailable):
            await one.say("1")
        one.bus.is_cut = False
        assert await one.say("2") is None
        assert await one.heard(1) == await two.heard(1) == [2]


async def test_noise_on_the_topic_changes_nothing(ports: Ports, key: ChannelKey) -> None:
    hub = MemoryHub()
    async with replica(ports, hub, key, PLAIN) as one:
        for noise in (
            b"",
            b"{}",
            b"\xff",
            b'{"source":1}',
            b'{"source":"x","number":1,"epoch":"e","entries":[[1,"x"]]}',
        ):
            await one.bus.publish(f"channel:{key.tenant_id}:{key.name}", noise)
        await one.say("1")
        assert await one.heard(1) == [1]
