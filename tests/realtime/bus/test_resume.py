"""Coming back after a disconnect: exactly what was missed and then live, or a plain word that it cannot be told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from domain.channels.policy import ChannelPolicy
from domain.models import ChannelLog, ChannelMessage
from tests.realtime.bus.conftest import Town
from tests.realtime.bus.wire import Bus, on_bus

CHANNEL = "kept:news"


async def publish(bus: Bus, *data: Any, channel: str = CHANNEL) -> dict[str, Any]:
    """The last answer."""
    answer: dict[str, Any] = {}
    for one in data:
        answer = await bus.done("publish", channel=channel, data=one)
    return answer


def place(told: dict[str, Any]) -> dict[str, Any]:
    return {"epoch": told["epoch"], "offset": told["offset"]}


async def test_a_message_says_where_it_stands(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna, on_bus(town.there, town.anna) as other:
        told = await other.done("subscribe", channel=CHANNEL)
        assert told["history"] is True
        assert told["offset"] == 0
        answer = await publish(anna, "a")
        assert answer == {"status": "ok", "history": True, "epoch": told["epoch"], "offset": 1}
        message = await other.push()
        assert place(message) == place(answer)
        assert set(message) == {"channel", "epoch", "offset", "from", "at", "data"}


async def test_exactly_what_was_missed_and_then_live(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna:
        async with on_bus(town.there, town.anna) as other:
            await other.done("subscribe", channel=CHANNEL)
            await publish(anna, *range(5))
            seen = [await other.push() for _ in range(3)]
        await publish(anna, *range(5, 260))
        async with on_bus(town.there, town.anna) as other:
            told = await other.done("subscribe", channel=CHANNEL, after=place(seen[-1]))
            assert told["recovered"] is False
            assert told["offset"] == 260
        await publish(anna, *range(260, 300))
        async with on_bus(town.there, town.anna) as other:
            told = await other.done("subscribe", channel=CHANNEL, after=place(told))
            assert told["recovered"] is True
            await publish(anna, "live")
            assert await other.texts(41) == [*range(260, 300), "live"]
            await other.is_quiet()


async def test_while_others_go_on_publishing_nothing_is_lost_or_doubled(town: Town) -> None:
    count = 400
    await town.configure(CHANNEL, ChannelPolicy(history_count=1000, history_age_s=60))

    async def pour() -> None:
        async with on_bus(town.here, town.anna) as anna:
            for number in [await anna.say("publish", {"channel": CHANNEL, "data": n}) for n in range(count)]:
                await anna.answer(number)

    async with on_bus(town.there, town.anna) as first:
        after = place(await first.done("subscribe", channel=CHANNEL))
    pouring, seen = asyncio.create_task(pour()), list[int]()
    while len(seen) < count:
        async with on_bus(town.there, town.anna) as other:
            told = await other.done("subscribe", channel=CHANNEL, after=after)
            assert told["recovered"] is True
            for _ in range(min(37, count - len(seen))):
                message = await other.push()
                seen.append(message["data"])
                after = place(message)
    await pouring
    assert seen == list(range(count))


async def test_subscribing_again_on_the_same_socket_doubles_nothing(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna, on_bus(town.there, town.anna) as other:
        start = place(await other.done("subscribe", channel=CHANNEL))
        await publish(anna, 1, 2)
        assert await other.texts(2) == [1, 2]
        told = await other.done("subscribe", channel=CHANNEL, after=start)
        assert told["recovered"] is True
        await publish(anna, 3)
        assert await other.texts(3) == [1, 2, 3]
        await other.is_quiet()


async def test_a_place_that_is_not_of_this_log_is_not_recovered(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna:
        epoch = (await publish(anna, 1, 2))["epoch"]
        for after in (("other", 0), ("", 99), (epoch, -1), (epoch, 3), (epoch, 2**40)):
            place = {"epoch": after[0], "offset": after[1]}
            told = await anna.done("subscribe", channel=CHANNEL, after=place)
            assert (told["recovered"], told["offset"]) == (False, 2), after
        await publish(anna, 3)
        assert await anna.texts(1) == [3]


async def test_after_the_time_of_the_window_it_is_not_recovered(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna:
        first = await publish(anna, 1)
        await publish(anna, 2)
        with town.here.inside():
            await ChannelMessage.all().update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
        told = await anna.done("subscribe", channel=CHANNEL, after=place(first))
        assert told["recovered"] is False


async def test_where_nothing_is_remembered_nothing_is_recovered(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna:
        told = await anna.done("subscribe", channel="news", after={"epoch": "x", "offset": 0})
        assert told == {"status": "ok", "channel": "news", "history": False, "recovered": False}


async def test_a_log_that_began_anew_is_told_to_those_who_listen(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna, on_bus(town.there, town.anna) as other:
        start = await other.done("subscribe", channel=CHANNEL)
        await publish(anna, 1)
        assert await other.texts(1) == [1]
        with town.here.inside():
            await ChannelLog.all().delete()
        gap = await other.push("gap")
        assert gap == {"channel": CHANNEL, "epoch": start["epoch"], "offset": 1}
        told = await other.done("subscribe", channel=CHANNEL, after=place(gap))
        assert told["recovered"] is False
        assert told["epoch"] != start["epoch"]
        await publish(anna, 2)
        assert await other.texts(1) == [2]


async def test_history_can_be_read_without_listening(town: Town) -> None:
    async with on_bus(town.here, town.anna) as anna:
        last = await publish(anna, *range(10))
        listed = await anna.done("history", channel=CHANNEL, limit=3)
        assert [message["data"] for message in listed["messages"]] == [0, 1, 2]
        assert place(listed) == place(last)
        more = await anna.done("history", channel=CHANNEL, after=place(listed["messages"][-1]), limit=4)
        assert [message["data"] for message in more["messages"]] == [3, 4, 5, 6]
        assert more["recovered"] is True
        newest = await anna.done("history", channel=CHANNEL, newestFirst=True, limit=2)
        assert [message["data"] for message in newest["messages"]] == [9, 8]
        lost = await anna.done("history", channel=CHANNEL, after={"epoch": "other", "offset": 3}, limit=1)
        assert lost["recovered"] is False
        await anna.is_quiet()
