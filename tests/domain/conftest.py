"""What every domain test stands on: ports of memory drivers and a clock that the test moves."""

from __future__ import annotations

import pytest

from domain.limits import Limits
from domain.ports import Ports
from drivers.bus.memory import MemoryBus
from drivers.counters.memory import MemoryCounters
from drivers.leases.memory import MemoryLeases
from drivers.storage.memory import MemoryStorage
from tests.fakes import FakeClock, MemoryRuntimes

SECRET_KEY = "a secret of the tests, long enough to sign with"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def runtimes(clock: FakeClock) -> MemoryRuntimes:
    """Every node has a memory engine of its own."""
    return MemoryRuntimes(clock)


@pytest.fixture
def ports(clock: FakeClock, runtimes: MemoryRuntimes) -> Ports:
    return Ports(
        runtimes=runtimes,
        bus=MemoryBus(),
        counters=MemoryCounters(clock),
        leases=MemoryLeases(clock),
        storage=MemoryStorage(),
        clock=clock,
        secret_key=SECRET_KEY,
        limits=Limits(),
    )
