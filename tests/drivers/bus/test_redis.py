"""The bus on Redis Streams, when connections die, entries are trimmed, and other processes speak."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import redis

from domain.ports.bus import BusGap, BusMessage
from drivers.bus.redis import RedisBus
from drivers.bus.redis_streams import Streams
from tests.drivers.bus.reading import data_of, gaps_in, take, take_until

MakeRedisBus = Callable[..., RedisBus]
pytestmark = pytest.mark.redis

PUBLISHER = """
import asyncio, sys
from drivers.bus.redis import RedisBus
async def main():
    bus = RedisBus(sys.argv[1])
    for number in range(200):
        await bus.publish("story", b"%d" % number)
    await bus.close()
asyncio.run(main())
"""


def in_another_thread(url: str, topic: str, count: int, **options: Any) -> None:
    """Publish while this thread's event loop stands still."""

    async def publish() -> None:
        bus = RedisBus(url, **options)
        await asyncio.gather(*(bus.publish(topic, b"%d" % number) for number in range(count)))
        await bus.close()

    thread = threading.Thread(target=lambda: asyncio.run(publish()))
    thread.start()
    thread.join()


def only_gaps_break_the_count(items: list[BusMessage | BusGap], last: int) -> bool:
    """The messages are 0, 1, 2 … last; some are missing exactly where a gap stands."""
    expected, after_gap = 0, False
    for item in items:
        if isinstance(item, BusGap):
            after_gap = True
            continue
        if (int(item.data) > expected) != after_gap or int(item.data) < expected:
            return False
        expected, after_gap = int(item.data) + 1, False
    return expected == last + 1


async def test_killed_connections_lose_nothing(make_redis_bus: MakeRedisBus, redis_url: str) -> None:
    here, there = make_redis_bus(redis_url), make_redis_bus(redis_url)
    with redis.Redis.from_url(redis_url) as admin:
        async with there.subscribe(["a"]) as inbox:
            for number in range(300):
                if number % 25 == 0:
                    admin.client_kill_filter(_type="normal", skipme=True)
                await here.publish("a", b"%d" % number)
            items = await take_until(inbox, b"299")
    assert gaps_in(items) == 0
    assert list(dict.fromkeys(data_of(items))) == [b"%d" % number for number in range(300)]


async def test_what_was_sent_while_the_reader_was_away_arrives(make_redis_bus: MakeRedisBus, redis_url: str) -> None:
    bus = make_redis_bus(redis_url)
    with redis.Redis.from_url(redis_url) as admin:
        async with bus.subscribe(["a"]) as inbox:
            await bus.publish("a", b"before")
            await take(inbox, 1)
            admin.client_kill_filter(_type="normal", skipme=True)
            in_another_thread(redis_url, "a", 100)
            assert data_of(await take(inbox, 100)) == [b"%d" % number for number in range(100)]


async def test_trimmed_entries_are_told_as_a_gap(make_redis_bus: MakeRedisBus, redis_url: str) -> None:
    streams = Streams("", 2, 0)
    topic, other_topic = "a", next(name for name in "bcdefgh" if streams.shard(name) != streams.shard("a"))
    bus = make_redis_bus(redis_url, shards=2, maxlen=100)
    async with bus.subscribe([topic], max_pending=5000) as inbox, bus.subscribe([other_topic]) as other:
        await bus.publish(topic, b"first")
        await take(inbox, 1)
        in_another_thread(redis_url, topic, 2000, shards=2, maxlen=100)
        items = await take_until(inbox, b"1999")
        await bus.publish(other_topic, b"undisturbed")
        assert await take(other, 1) == [BusMessage(other_topic, b"undisturbed")]
    assert gaps_in(items) >= 1
    assert only_gaps_break_the_count(items, last=1999)


async def test_a_reader_that_starts_behind_a_trimmed_stream_is_told_nothing(
    make_redis_bus: MakeRedisBus, redis_url: str
) -> None:
    in_another_thread(redis_url, "a", 1000, maxlen=100)
    bus = make_redis_bus(redis_url, maxlen=100)
    async with bus.subscribe(["a"]) as inbox:
        await bus.publish("a", b"new")
        assert await take(inbox, 1) == [BusMessage("a", b"new")]


async def test_flushed_streams_are_told_as_a_gap(make_redis_bus: MakeRedisBus, redis_url: str) -> None:
    bus = make_redis_bus(redis_url)
    with redis.Redis.from_url(redis_url) as admin:
        async with bus.subscribe(["a"]) as inbox:
            for data in (b"1", b"2"):
                await bus.publish("a", data)
            await take(inbox, 2)
            admin.flushdb()
            await bus.publish("a", b"3")
            assert await take(inbox, 2) == [BusGap(), BusMessage("a", b"3")]


async def test_an_entry_of_somebody_else_does_not_stop_the_reader(make_redis_bus: MakeRedisBus, redis_url: str) -> None:
    bus = make_redis_bus(redis_url, shards=1, prefix="p:")
    with redis.Redis.from_url(redis_url) as admin:
        async with bus.subscribe(["a"]) as inbox:
            admin.xadd("p:bus:{0}", {"n": "NaN", "t": b"\xff"})
            admin.xadd("p:bus:{0}", {"anything": "else"})
            await bus.publish("a", b"ours")
            items = await take_until(inbox, b"ours")
    assert gaps_in(items) >= 1
    assert data_of(items) == [b"ours"]


async def test_another_process_is_heard_in_order(make_redis_bus: MakeRedisBus, redis_url: str) -> None:
    bus = make_redis_bus(redis_url)
    async with bus.subscribe(["story"]) as inbox:
        publisher = await asyncio.create_subprocess_exec(sys.executable, "-c", PUBLISHER, redis_url)
        assert data_of(await take(inbox, 200)) == [b"%d" % number for number in range(200)]
        assert await publisher.wait() == 0


async def test_prefixes_keep_houses_apart(make_redis_bus: MakeRedisBus, redis_url: str) -> None:
    one, other = make_redis_bus(redis_url, prefix="one:"), make_redis_bus(redis_url, prefix="other:")
    async with one.subscribe(["a"]) as inbox:
        await other.publish("a", b"elsewhere")
        await one.publish("a", b"here")
        assert data_of(await take(inbox, 1)) == [b"here"]


async def test_a_stream_keeps_about_maxlen_entries(make_redis_bus: MakeRedisBus, redis_url: str) -> None:
    bus = make_redis_bus(redis_url, shards=1, maxlen=200, prefix="p:")
    await asyncio.gather(*(bus.publish("a", b"x") for _ in range(1000)))
    with redis.Redis.from_url(redis_url) as admin:
        assert 200 <= int(admin.xlen("p:bus:{0}")) <= 300
