"""What the tests of dialects stand on: memory drivers, a clock that the test moves, a small house."""

from __future__ import annotations

import pytest

from domain.ports import Ports
from tests.fakes import FakeClock
from tests.rest_compat.houses import SmallHouse, memory_ports


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ports(clock: FakeClock) -> Ports:
    return memory_ports(clock)


@pytest.fixture
def house(ports: Ports) -> SmallHouse:
    return SmallHouse(ports)
