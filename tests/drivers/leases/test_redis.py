"""Leases on Redis after a crash, and without it."""

from __future__ import annotations

import pytest

from domain.errors import Unavailable
from drivers.leases.redis import RedisLeases
from tests.engines.redis import RedisServer

pytestmark = pytest.mark.redis


async def test_fences_grow_even_when_redis_lost_everything(restartable_redis: RedisServer) -> None:
    leases = RedisLeases(restartable_redis.url())
    before = await leases.acquire("relay", "a", 30)
    restartable_redis.kill()
    restartable_redis.start()
    after = await leases.acquire("relay", "b", 30)
    assert before is not None
    assert after is not None
    assert after.fence > before.fence
    assert not await leases.renew(before, 30)
    await leases.close()


@pytest.mark.parametrize("restartable_redis", [True], indirect=True)
async def test_a_durable_redis_keeps_the_holder_over_a_crash(restartable_redis: RedisServer) -> None:
    leases = RedisLeases(restartable_redis.url())
    lease = await leases.acquire("relay", "a", 300)
    restartable_redis.kill()
    restartable_redis.start()
    assert lease is not None
    assert await leases.acquire("relay", "b", 30) is None
    assert await leases.renew(lease, 30)
    await leases.close()


async def test_without_redis_every_question_is_unavailable(restartable_redis: RedisServer) -> None:
    leases = RedisLeases(restartable_redis.url())
    lease = await leases.acquire("relay", "a", 30)
    assert lease is not None
    restartable_redis.kill()
    for asked in (leases.acquire("relay", "a", 30), leases.renew(lease, 30), leases.release(lease)):
        with pytest.raises(Unavailable):
            await asked
    await leases.close()


async def test_prefixes_keep_houses_apart(redis_url: str) -> None:
    one, other = RedisLeases(redis_url, prefix="one:"), RedisLeases(redis_url, prefix="other:")
    assert await one.acquire("relay", "a", 30) is not None
    assert await other.acquire("relay", "b", 30) is not None
    for leases in (one, other):
        await leases.close()
