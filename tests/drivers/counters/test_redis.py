"""Counters on Redis: shared, expiring, and honest about an outage."""

from __future__ import annotations

import pytest
import redis

from domain.errors import Unavailable
from domain.limits import Rate
from drivers.counters.redis import RedisCounters
from tests.engines.redis import RedisServer

pytestmark = pytest.mark.redis
THREE = Rate(3, 30)


async def test_replicas_share_what_they_count(redis_url: str) -> None:
    here, there = RedisCounters(redis_url), RedisCounters(redis_url)
    elsewhere = RedisCounters(redis_url, prefix="elsewhere:")
    verdicts = [await counters.hit("key", THREE) for counters in (here, there, here, there, elsewhere)]
    assert [verdict.allowed for verdict in verdicts] == [True, True, True, False, True]
    for counters in (here, there, elsewhere):
        await counters.close()


async def test_a_counter_expires_with_the_longest_of_its_windows(redis_url: str) -> None:
    counters = RedisCounters(redis_url)
    await counters.hit("key", Rate(3, 3600))
    await counters.hit("key", THREE)
    await counters.hit("short", THREE)
    with redis.Redis.from_url(redis_url) as admin:
        assert 3_600_000 <= admin.pttl("gatehouse:rate:key") <= 3_720_000
        assert 30_000 <= admin.pttl("gatehouse:rate:short") <= 31_000
    await counters.close()


async def test_looking_leaves_no_trace(redis_url: str) -> None:
    counters = RedisCounters(redis_url)
    await counters.peek("key", THREE)
    with redis.Redis.from_url(redis_url) as admin:
        assert admin.dbsize() == 0
    await counters.close()


async def test_without_redis_every_question_is_unavailable(restartable_redis: RedisServer) -> None:
    counters = RedisCounters(restartable_redis.url())
    await counters.hit("key", THREE)
    restartable_redis.kill()
    for asked in (counters.hit("key", THREE), counters.peek("key", THREE), counters.clear("key")):
        with pytest.raises(Unavailable):
            await asked
    restartable_redis.start()
    assert (await counters.hit("key", THREE)).allowed
    await counters.close()
