"""The bus while Redis is away, and after it came back with or without its data."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from domain.errors import Unavailable
from domain.ports.bus import BusMessage
from drivers.bus.redis import RedisBus
from tests.drivers.bus.reading import data_of, gaps_in, take, take_until
from tests.engines.redis import RedisServer

MakeRedisBus = Callable[..., RedisBus]
pytestmark = pytest.mark.redis
EITHER_WAY = pytest.mark.parametrize("restartable_redis", [False, True], ids=["forgets", "remembers"], indirect=True)


@EITHER_WAY
async def test_it_heals_by_itself_and_tells_a_gap(make_redis_bus: MakeRedisBus, restartable_redis: RedisServer) -> None:
    here, there = make_redis_bus(restartable_redis.url()), make_redis_bus(restartable_redis.url())
    async with there.subscribe(["a"]) as inbox, there.subscribe(["silent"]) as silent:
        await here.publish("a", b"before")
        assert data_of(await take(inbox, 1)) == [b"before"]
        for turn in (b"1", b"2"):
            restartable_redis.kill()
            restartable_redis.start()
            await here.publish("a", turn)
            items = await take_until(inbox, turn)
            assert gaps_in(items) >= 1
            assert set(data_of(items)) == {turn}
        assert gaps_in(await take(silent, 1)) == 1
        await here.check()


@pytest.mark.parametrize("restartable_redis", [True], ids=["remembers"], indirect=True)
async def test_what_redis_kept_over_a_crash_arrives(
    make_redis_bus: MakeRedisBus, restartable_redis: RedisServer
) -> None:
    bus = make_redis_bus(restartable_redis.url())
    async with bus.subscribe(["a"]) as inbox:
        for number in range(5):
            await bus.publish("a", b"%d" % number)
        restartable_redis.kill()
        restartable_redis.start()
        for number in range(5, 10):
            await bus.publish("a", b"%d" % number)
        items = await take_until(inbox, b"9")
    assert list(dict.fromkeys(data_of(items))) == [b"%d" % number for number in range(10)]


async def test_publishing_waits_for_redis_to_come_back(
    make_redis_bus: MakeRedisBus, restartable_redis: RedisServer
) -> None:
    bus = make_redis_bus(restartable_redis.url(), publish_timeout_s=10)
    async with bus.subscribe(["a"]) as inbox:
        restartable_redis.kill()
        publishing = [asyncio.create_task(bus.publish("a", b"%d" % number)) for number in range(3)]
        done, _ = await asyncio.wait(publishing, timeout=0.1)
        assert not done
        restartable_redis.start()
        await asyncio.gather(*publishing)
        assert data_of(await take_until(inbox, b"2")) == [b"0", b"1", b"2"]


async def test_publishing_gives_up_in_the_end_and_what_was_given_up_is_not_sent_later(
    make_redis_bus: MakeRedisBus, restartable_redis: RedisServer
) -> None:
    bus = make_redis_bus(restartable_redis.url(), publish_timeout_s=0.2)
    async with bus.subscribe(["a"]) as inbox:
        restartable_redis.kill()
        with pytest.raises(Unavailable) as refused:
            await bus.publish("a", b"given up")
        assert refused.value.__cause__ is not None
        assert str(restartable_redis.port) not in refused.value.message
        restartable_redis.start()
        later = make_redis_bus(restartable_redis.url())
        await later.publish("a", b"later")
        assert data_of(await take_until(inbox, b"later")) == [b"later"]


async def test_without_redis_one_can_neither_check_nor_begin_to_listen(
    make_redis_bus: MakeRedisBus, restartable_redis: RedisServer
) -> None:
    bus = make_redis_bus(restartable_redis.url())
    restartable_redis.kill()
    with pytest.raises(Unavailable):
        await bus.check()
    with pytest.raises(Unavailable):
        async with bus.subscribe(["a"]):
            pass
    restartable_redis.start()
    await bus.check()
    async with bus.subscribe(["a"]) as inbox:
        await bus.publish("a", b"1")
        assert data_of(await take(inbox, 1)) == [b"1"]


async def test_one_who_already_listens_may_subscribe_during_an_outage(
    make_redis_bus: MakeRedisBus, restartable_redis: RedisServer
) -> None:
    bus = make_redis_bus(restartable_redis.url())
    async with bus.subscribe(["a"]):
        restartable_redis.kill()
        async with bus.subscribe(["b"]) as inbox:
            restartable_redis.start()
            await bus.publish("b", b"1")
            assert (await take_until(inbox, b"1"))[-1] == BusMessage("b", b"1")


async def test_closing_during_an_outage_ends_those_who_publish(
    make_redis_bus: MakeRedisBus, restartable_redis: RedisServer
) -> None:
    bus = make_redis_bus(restartable_redis.url(), publish_timeout_s=60)
    restartable_redis.kill()
    publishing = asyncio.create_task(bus.publish("a", b"1"))
    await asyncio.sleep(0)
    await bus.close()
    with pytest.raises(Unavailable):
        await publishing
