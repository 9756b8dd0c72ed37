"""Leases for the tests of this room, with a way to let time pass in each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import redis.asyncio
from tortoise.context import require_context

from domain.ports.leases import Leases
from drivers.leases.database import DatabaseLeases
from drivers.leases.memory import MemoryLeases
from drivers.leases.redis import RedisLeases
from gateway.database import open_database
from tests.fakes import FakeClock

PassTime = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Room:
    """here and there: what two replicas hold in their hands."""

    here: Leases
    there: Leases
    pass_time: PassTime


def moved_by(clock: FakeClock) -> PassTime:
    async def pass_time(seconds: float) -> None:
        clock.advance(seconds)

    return pass_time


@pytest.fixture
def memory_room() -> Room:
    clock = FakeClock()
    leases = MemoryLeases(clock)
    return Room(leases, leases, moved_by(clock))


@pytest.fixture
async def sqlite_room(sqlite_database_url: str) -> AsyncIterator[Room]:
    clock = FakeClock()
    async with open_database(sqlite_database_url):
        yield Room(DatabaseLeases(clock), DatabaseLeases(clock), moved_by(clock))


@pytest.fixture
async def postgres_room(postgres_database_url: str) -> AsyncIterator[Room]:
    async def pass_time(seconds: float) -> None:
        """The server's clock cannot be moved; the leases can."""
        older = f"UPDATE lease SET expires_at = expires_at - make_interval(secs => {seconds})"
        await require_context().connections.get("default").execute_query(older)

    async with open_database(postgres_database_url):
        yield Room(DatabaseLeases(FakeClock()), DatabaseLeases(FakeClock()), pass_time)


@pytest.fixture
async def redis_room(redis_url: str) -> AsyncIterator[Room]:
    admin = redis.asyncio.from_url(redis_url)

    async def pass_time(seconds: float) -> None:
        for key in await admin.keys("gatehouse:lease:*"):
            if (left_ms := await admin.pttl(key)) > 0:
                await admin.pexpire(key, max(0, left_ms - round(seconds * 1000)))

    here, there = RedisLeases(redis_url), RedisLeases(redis_url)
    yield Room(here, there, pass_time)
    for closing in (here.close, there.close, admin.aclose):
        await closing()


@pytest.fixture(
    params=[
        "memory",
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("redis", marks=pytest.mark.redis),
    ]
)
def room(request: pytest.FixtureRequest) -> Room:
    made: Room = request.getfixturevalue(f"{request.param}_room")
    return made
