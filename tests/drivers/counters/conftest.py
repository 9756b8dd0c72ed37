"""Counters for the tests of this room, with a way to let time pass in each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import cast

import pytest
import redis

from domain.ports.counters import Counters
from drivers.counters.memory import MemoryCounters
from drivers.counters.redis import RedisCounters
from tests.fakes import FakeClock


@dataclass(frozen=True, slots=True)
class Room:
    """pass_time(seconds): whole seconds; the rates of these tests have buckets of one second."""

    counters: Counters
    pass_time: Callable[[int], None]


@pytest.fixture
def memory_room() -> Room:
    clock = FakeClock()
    return Room(MemoryCounters(clock), clock.advance)


@pytest.fixture
async def redis_room(redis_url: str) -> AsyncIterator[Room]:
    counters = RedisCounters(redis_url)
    with redis.Redis.from_url(redis_url) as admin:
        yield Room(counters, lambda seconds: make_older(admin, seconds))
    await counters.close()


def make_older(admin: redis.Redis, seconds: int) -> None:
    """Redis's clock cannot be moved; what it has counted can."""
    for key in admin.keys("gatehouse:rate:*"):
        hits = cast("dict[bytes, bytes]", admin.hgetall(key))
        admin.delete(key)
        for field, count in hits.items():
            width, bucket = map(int, field.split(b":"))
            admin.hset(key, f"{width}:{bucket - seconds * 1_000_000 // width}", count)
        admin.pexpire(key, 3_600_000)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def room(request: pytest.FixtureRequest) -> Room:
    made: Room = request.getfixturevalue(f"{request.param}_room")
    return made
