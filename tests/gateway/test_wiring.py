"""Wiring: the drivers that the settings name, runtimes kept by node, and faults in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from domain.errors import InvalidInput
from domain.ports.runtime import NodeEngine, Runtime
from drivers.bus.memory import MemoryBus
from drivers.bus.redis import RedisBus
from drivers.counters.memory import MemoryCounters
from drivers.counters.redis import RedisCounters
from drivers.leases.database import DatabaseLeases
from drivers.leases.redis import RedisLeases
from drivers.runtime.memory import MemoryRuntime
from gateway.faults import StartupError
from gateway.settings import Settings
from gateway.wiring import Drivers, NodeRuntimes, runtime_factories, wire
from tests.engines.process import free_port
from tests.fakes import FakeClock
from tests.gateway.served import settings_for

KEY = "k" * 40


async def test_a_single_machine_gets_what_lives_in_the_process(settings: Settings) -> None:
    async with wire(settings) as house:
        assert isinstance(house.ports.bus, MemoryBus)
        assert isinstance(house.ports.counters, MemoryCounters)
        assert isinstance(house.ports.leases, DatabaseLeases)


async def test_with_redis_everything_shared_goes_there(tmp_path: Path, redis_url: str) -> None:
    async with wire(settings_for(tmp_path, redis_url=redis_url, secret_key=KEY)) as house:
        assert isinstance(house.ports.bus, RedisBus)
        assert isinstance(house.ports.counters, RedisCounters)
        assert isinstance(house.ports.leases, RedisLeases)


async def test_drivers_that_are_given_are_used(settings: Settings) -> None:
    bus, clock = MemoryBus(), FakeClock()
    async with wire(settings, Drivers(bus=bus, clock=clock)) as house:
        assert house.ports.bus is bus
        assert house.ports.clock is clock


async def test_the_limits_and_the_key_are_those_of_the_settings(tmp_path: Path) -> None:
    limits = replace(settings_for(tmp_path).limits, page_size_max=7)
    async with wire(settings_for(tmp_path, limits=limits, secret_key=KEY)) as house:
        assert (house.ports.limits.page_size_max, house.ports.secret_key) == (7, KEY)


async def test_the_installation_keeps_its_id_over_restarts(settings: Settings) -> None:
    async with wire(settings) as house:
        first = house.installation_id
    async with wire(settings) as house:
        assert house.installation_id == first


async def test_a_redis_that_does_not_answer_ends_the_start_in_one_line(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, redis_url=f"redis://127.0.0.1:{free_port()}/0", secret_key=KEY)
    with pytest.raises(StartupError, match="GATEHOUSE_REDIS_URL"):
        async with wire(settings):
            pass


async def test_a_postgres_that_does_not_answer_ends_the_start_in_one_line(tmp_path: Path) -> None:
    url = f"postgresql://gatehouse:hush@127.0.0.1:{free_port()}/gatehouse"
    with pytest.raises(StartupError, match=r"GATEHOUSE_DATABASE_URL: 127\.0\.0\.1") as raised:
        async with wire(settings_for(tmp_path, database_url=url, secret_key=KEY)):
            pass
    assert "hush" not in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_a_file_that_is_no_database_ends_the_start_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "gatehouse.db").write_text("This is a letter to my aunt, and no database. " * 20)
    with pytest.raises(StartupError, match=r"GATEHOUSE_DATABASE_URL: .*gatehouse\.db cannot be used"):
        async with wire(settings_for(tmp_path)):
            pass


class CountingFactory:
    """Makes memory runtimes, and knows which were closed."""

    def __init__(self) -> None:
        self.made: list[ClosableRuntime] = []

    def __call__(self, engine: NodeEngine) -> Runtime:
        self.made.append(ClosableRuntime(engine, FakeClock()))
        return self.made[-1]


class ClosableRuntime(MemoryRuntime):
    closed = False

    async def close(self) -> None:
        self.closed = True
        await super().close()


async def test_a_nodes_runtime_is_made_once() -> None:
    factory = CountingFactory()
    runtimes = NodeRuntimes({"memory": factory})
    engine = NodeEngine(uuid4(), "memory")
    assert runtimes.of(engine) is runtimes.of(replace(engine))
    assert runtimes.of(replace(engine, node_id=uuid4())) is not runtimes.of(engine)


async def test_a_node_that_moved_gets_a_new_one_and_all_are_closed_at_the_end() -> None:
    factory = CountingFactory()
    runtimes = NodeRuntimes({"memory": factory})
    engine = NodeEngine(uuid4(), "memory")
    assert runtimes.of(engine) is not runtimes.of(replace(engine, address="tcp://elsewhere:1"))
    await runtimes.close()
    assert [runtime.closed for runtime in factory.made] == [True, True]


async def test_a_node_that_is_forgotten_is_closed() -> None:
    factory = CountingFactory()
    runtimes = NodeRuntimes({"memory": factory})
    engine = NodeEngine(uuid4(), "memory")
    runtimes.of(engine)
    await runtimes.forget(engine.node_id)
    await runtimes.forget(uuid4())
    assert factory.made[0].closed


def test_a_driver_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidInput):
        NodeRuntimes({}).of(NodeEngine(uuid4(), "docker"))


async def test_every_driver_of_the_settings_can_be_made(tmp_path: Path) -> None:
    factories = runtime_factories(settings_for(tmp_path), tmp_path, "installation")
    for driver, factory in factories.items():
        runtime = factory(NodeEngine(uuid4(), driver, "unix:///nowhere.sock" if driver == "docker" else ""))
        assert runtime.name == driver
        await runtime.close()
