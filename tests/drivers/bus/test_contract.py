"""What every bus promises, whoever carries it."""

from __future__ import annotations

import asyncio

import pytest

from domain.errors import Unavailable
from domain.ports.bus import Bus, BusGap, BusMessage
from tests.drivers.bus.reading import data_of, take

Pair = tuple[Bus, Bus]


async def test_a_message_is_heard_here_and_in_the_other_replica(buses: Pair) -> None:
    here, there = buses
    async with here.subscribe(["instance:1"]) as near, there.subscribe(["instance:1"]) as far:
        await here.publish("instance:1", b"changed")
        assert await take(near, 1) == await take(far, 1) == [BusMessage("instance:1", b"changed")]


async def test_only_subscribed_topics_are_heard(buses: Pair) -> None:
    here, there = buses
    async with there.subscribe(["b", "c"]) as inbox:
        for topic in ("a", "b", "ab", "c"):
            await here.publish(topic, topic.encode())
        assert data_of(await take(inbox, 2)) in ([b"b", b"c"], [b"c", b"b"])
        await here.publish("b", b"last")
        assert data_of(await take(inbox, 1)) == [b"last"]


async def test_a_topic_named_twice_is_heard_once(buses: Pair) -> None:
    here, _ = buses
    async with here.subscribe(["a", "a"]) as inbox:
        await here.publish("a", b"1")
        await here.publish("a", b"2")
        assert data_of(await take(inbox, 2)) == [b"1", b"2"]


async def test_it_is_live_before_the_first_read(buses: Pair) -> None:
    here, there = buses
    async with there.subscribe(["a"]) as inbox:
        for number in range(20):
            await here.publish("a", b"%d" % number)
        assert data_of(await take(inbox, 20)) == [b"%d" % number for number in range(20)]


async def test_a_topic_keeps_its_order(buses: Pair) -> None:
    here, there = buses
    sent = [b"%d" % number for number in range(1000)]
    async with here.subscribe(["a"]) as near, there.subscribe(["a"]) as far:
        for number in range(0, 1000, 50):
            await asyncio.gather(*(here.publish("a", data) for data in sent[number : number + 50]))
        assert data_of(await take(near, 1000)) == sent
        assert data_of(await take(far, 1000)) == sent


async def test_data_is_opaque_and_topics_may_be_any_text(buses: Pair) -> None:
    here, there = buses
    sent = [b"", bytes(range(256)), b"\x00\xff\r\n", b"x" * 300_000]
    async with there.subscribe(["dokument:grüße/✓ {1}"]) as inbox:
        for data in sent:
            await here.publish("dokument:grüße/✓ {1}", data)
        assert data_of(await take(inbox, len(sent))) == sent


async def test_a_reader_that_falls_behind_loses_the_oldest_and_finds_a_gap(buses: Pair) -> None:
    here, _ = buses
    async with here.subscribe(["a"], max_pending=3) as slow, here.subscribe(["a"]) as quick:
        for number in range(10):
            await here.publish("a", b"%d" % number)
        assert len(await take(quick, 10)) == 10
        assert await take(slow, 4) == [BusGap(), *(BusMessage("a", data) for data in (b"7", b"8", b"9"))]
        await here.publish("a", b"on")
        assert await take(slow, 1) == [BusMessage("a", b"on")]


async def test_after_the_block_nothing_is_kept(buses: Pair) -> None:
    here, _ = buses
    async with here.subscribe(["a"]) as witness:
        async with here.subscribe(["a"]):
            pass
        await here.publish("a", b"unheard")
        assert data_of(await take(witness, 1)) == [b"unheard"]
        async with here.subscribe(["a"]) as inbox:
            await here.publish("a", b"heard")
            assert data_of(await take(inbox, 1)) == [b"heard"]


async def test_a_read_that_is_given_up_loses_nothing(buses: Pair) -> None:
    here, _ = buses
    async with here.subscribe(["a"]) as inbox:
        reading = asyncio.ensure_future(anext(inbox))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        await here.publish("a", b"1")
        assert data_of(await take(inbox, 1)) == [b"1"]


async def test_publishing_without_listeners_is_no_fault(buses: Pair) -> None:
    here, _ = buses
    await here.publish("nobody", b"listens")
    await here.check()


async def test_a_mailbox_holds_at_least_one(buses: Pair) -> None:
    here, _ = buses
    with pytest.raises(ValueError, match="max_pending"):
        async with here.subscribe(["a"], max_pending=0):
            pass


async def test_closing_ends_the_readers_and_refuses_more(buses: Pair) -> None:
    here, there = buses
    async with here.subscribe(["a"]) as inbox, there.subscribe(["a"]) as other:
        await here.publish("a", b"pending")
        await take(other, 1)
        assert data_of(await take(inbox, 1)) == [b"pending"]
        await here.close()
        assert [item async for item in inbox] == []
        for refused in (here.publish("a", b"1"), here.check(), here.subscribe(["a"]).__aenter__()):
            with pytest.raises(Unavailable):
                await refused
        await there.publish("a", b"still here")
        assert data_of(await take(other, 1)) == [b"still here"]
