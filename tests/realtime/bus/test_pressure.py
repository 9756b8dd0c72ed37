"""Slow readers are told where they stopped; the others miss nothing. Noise and the loss of a replica harm nobody."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from contextlib import AsyncExitStack, suppress
from typing import Any

from msgspec import Raw
from websockets.exceptions import ConnectionClosed

from domain.channels.log import ChannelKey, NewMessage, append
from domain.channels.policy import ChannelPolicy
from domain.channels.prune import prune_channels
from domain.errors import Unavailable
from realtime.bus.rooms import ChannelHub
from tests.gateway.served import until
from tests.realtime.bus.conftest import Town
from tests.realtime.bus.wire import Bus, on_bus

BIG = "x" * 60_000
MANY = 300


async def flood(town: Town, channel: str, count: int) -> None:
    async with on_bus(town.here, town.anna) as anna:
        for number in [await anna.say("publish", {"channel": channel, "data": [n, BIG]}) for n in range(count)]:
            assert (await anna.answer(number))["status"] == "ok"


async def a_slow_one(town: Town, stack: AsyncExitStack) -> Bus:
    """Its socket takes little, and its client reads only when asked."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", town.there.port))
    return await stack.enter_async_context(on_bus(town.there, town.anna, sock=raw, max_queue=1))


async def drained(bus: Bus, until_cmd: str) -> list[dict[str, Any]]:
    seen = [await bus.hear()]
    while seen[-1]["cmd"] != until_cmd:
        seen.append(await bus.hear())
    return seen


async def test_a_slow_reader_gets_the_rest_from_the_log(town: Town) -> None:
    channel = "kept:flood"
    await town.configure(channel, ChannelPolicy(history_count=1000, history_age_s=60))
    async with AsyncExitStack() as stack:
        quick = await stack.enter_async_context(on_bus(town.there, town.anna))
        slow = await a_slow_one(town, stack)
        for bus in (quick, slow):
            await bus.done("subscribe", channel=channel)
        await flood(town, channel, MANY)
        for bus in (quick, slow):
            assert [data[0] for data in await bus.texts(MANY)] == list(range(MANY))
            await bus.is_quiet()


async def test_what_was_forgotten_before_it_was_read_is_told(town: Town) -> None:
    channel = "kept:flood"
    async with AsyncExitStack() as stack:
        slow = await a_slow_one(town, stack)
        await slow.done("subscribe", channel=channel)
        await flood(town, channel, MANY)
        with town.here.inside():
            await prune_channels(town.here.house.ports)
        seen = await drained(slow, "gap")
        gap = seen.pop()["data"]
        assert [frame["data"]["offset"] for frame in seen] == list(range(1, gap["offset"] + 1))
        place = {"epoch": gap["epoch"], "offset": gap["offset"]}
        told = await slow.done("subscribe", channel=channel, after=place)
        assert (told["recovered"], told["offset"]) == (False, MANY)
        await flood(town, channel, 1)
        assert (await slow.push())["offset"] == MANY + 1


async def test_where_nothing_is_remembered_the_loss_is_counted(town: Town) -> None:
    async with AsyncExitStack() as stack:
        slow = await a_slow_one(town, stack)
        await slow.done("subscribe", channel="flood")
        await flood(town, "flood", MANY)
        heard = missed = 0
        while heard + missed < MANY:
            frame = await slow.hear()
            heard += frame["cmd"] == "message"
            missed += frame["data"].get("missed", 0)
        assert heard + missed == MANY
        assert missed > 0
        async with on_bus(town.here, town.anna) as anna:
            await anna.done("publish", channel="flood", data="next")
        assert await slow.texts(1) == ["next"]


async def test_what_another_replica_stored_and_could_not_tell_is_found(town: Town) -> None:
    """It died between the commit and the bus."""
    async with on_bus(town.there, town.anna) as bus:
        await bus.done("subscribe", channel="kept:news")
        with town.here.inside():
            key = ChannelKey(town.anna.tenant.id, "kept:news")
            await append(town.here.house.ports, [NewMessage(key, str(number), "gone") for number in range(3)])
        assert await bus.texts(3) == [0, 1, 2]
        async with on_bus(town.here, town.anna) as anna:
            await anna.done("publish", channel="kept:news", data=3)
        assert await bus.texts(1) == [3]


async def test_an_orderly_end_loses_nothing_that_was_taken(town: Town) -> None:
    hub: ChannelHub = town.here.house.channels
    with town.here.inside():
        key = ChannelKey(town.anna.tenant.id, "kept:news")
        policy = await hub.policies.of(key)
        begun = [await hub.publishing.publish(key, policy, Raw(b"%d" % number), None) for number in range(50)]
        await hub.close()
        places = [place.position for place in await asyncio.gather(*begun) if place is not None]
        assert places == list(range(1, 51))
        late = await asyncio.gather(await hub.publishing.publish(key, policy, Raw(b"0"), None), return_exceptions=True)
        assert isinstance(late[0], Unavailable)


async def test_who_asks_faster_than_can_be_answered_is_sent_away(town: Town) -> None:
    async with on_bus(town.here, town.anna) as calm, on_bus(town.here, town.anna) as hasty:
        await calm.done("subscribe", channel="news")
        asked = json.dumps({"id": "1", "cmd": "history", "data": {"channel": "kept:news"}})
        with suppress(ConnectionClosed):
            for _ in range(1900):
                await hasty.connection.send(asked)
        assert await hasty.closed() == 1013
        await calm.done("publish", channel="news", data=1)
        assert await calm.texts(1) == [1]


async def test_noise_of_one_harms_no_other(town: Town) -> None:
    chance = random.Random(7)
    async with on_bus(town.there, town.anna) as calm, on_bus(town.here, town.anna) as noisy:
        await calm.done("subscribe", channel="kept:news")
        for frame in noise(chance, 400):
            await noisy.connection.send(frame)
        await noisy.done_ping()
        await noisy.done("publish", channel="kept:news", data="still here")
        while (heard := await calm.hear())["cmd"] != "message" or heard["data"]["data"] != "still here":
            assert heard["cmd"] in ("message", "app:x", "")


def noise(chance: random.Random, count: int) -> list[str | bytes]:
    """Frames that are almost right, half right and not right at all."""
    values: list[Any] = [
        None,
        1,
        -1,
        1e9,
        "",
        "kept:news",
        "\0",
        [],
        {},
        {"epoch": 1},
        {"epoch": "", "offset": -1},
        True,
    ]
    keys = ["channel", "data", "after", "limit", "state", "presence", "newestFirst", "epoch", "x"]
    commands = ["subscribe", "publish", "presence", "history", "unsubscribe", "app:x", ""]
    frames: list[str | bytes] = []
    for _ in range(count):
        data = {chance.choice(keys): chance.choice(values) for _ in range(chance.randrange(4))}
        text = json.dumps({"id": "n", "cmd": chance.choice(commands), "data": data})
        cut = chance.randrange(len(text)) if chance.random() < 0.3 else len(text)
        frames.append(text[:cut] if chance.random() < 0.9 else chance.randbytes(20))
    return frames


async def test_rooms_close_after_the_last_and_nothing_is_left(town: Town) -> None:
    hub: ChannelHub = town.there.house.channels
    async with AsyncExitStack() as stack:
        buses = [await stack.enter_async_context(on_bus(town.there, town.anna)) for _ in range(20)]
        for bus in buses:
            for channel in ("news", "kept:news", "events:instance"):
                await bus.say("subscribe", {"channel": channel})
        for bus in buses:
            await bus.done_ping()
        assert hub.open_rooms == 3

    async def is_empty() -> bool:
        return hub.open_rooms == 0

    await until(is_empty)
