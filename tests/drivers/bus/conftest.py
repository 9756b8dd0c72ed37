"""Buses for the tests of this room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from domain.ports.bus import Bus
from drivers.bus.memory import MemoryBus, MemoryHub
from drivers.bus.redis import RedisBus

Pair = tuple[Bus, Bus]
MakeRedisBus = Callable[..., RedisBus]


@pytest.fixture
async def make_redis_bus() -> AsyncIterator[MakeRedisBus]:
    """RedisBus(url, …), closed when the test ends."""
    async with AsyncExitStack() as stack:

        def make(url: str, **options: Any) -> RedisBus:
            bus = RedisBus(url, **options)
            stack.push_async_callback(bus.close)
            return bus

        yield make


@pytest.fixture
async def memory_buses() -> AsyncIterator[Pair]:
    hub = MemoryHub()
    pair = MemoryBus(hub), MemoryBus(hub)
    yield pair
    for bus in pair:
        await bus.close()


@pytest.fixture
def redis_buses(make_redis_bus: MakeRedisBus, redis_url: str) -> Pair:
    return make_redis_bus(redis_url), make_redis_bus(redis_url)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def buses(request: pytest.FixtureRequest) -> Pair:
    """The buses of two replicas."""
    pair: Pair = request.getfixturevalue(f"{request.param}_buses")
    return pair
