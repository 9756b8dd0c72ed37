"""Whether the process lives, and what keeps it from being ready."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tortoise.connection import get_connection

from domain.errors import Unavailable
from domain.models.node import Node, NodeState
from drivers.bus.memory import MemoryBus
from gateway.database import entered
from gateway.wiring import Drivers
from tests.gateway.served import Served, served, settings_for


class SwitchedBus(MemoryBus):
    """A bus whose check can be made to fail, or to hang."""

    def __init__(self) -> None:
        super().__init__()
        self.fault: str | None = None

    async def check(self) -> None:
        if self.fault == "hang":
            await asyncio.Event().wait()
        if self.fault:
            raise Unavailable(self.fault)


async def not_ready(replica: Served) -> dict[str, str]:
    response = await replica.client.get("/readyz")
    body = response.json()
    expected = (503, "not ready") if body["notReady"] else (200, "ready")
    assert (response.status_code, body["status"]) == expected
    assert response.headers["cache-control"] == "no-store"
    found: dict[str, str] = body["notReady"]
    return found


async def test_a_fresh_replica_is_healthy_and_ready(replica: Served) -> None:
    assert (await replica.client.get("/healthz")).json() == {"status": "ok"}
    assert await not_ready(replica) == {}


async def test_a_bus_that_is_away_is_named(tmp_path: Path) -> None:
    bus = SwitchedBus()
    async with served(settings_for(tmp_path), Drivers(bus=bus)) as replica:
        bus.fault = "The message bus cannot be reached."
        assert await not_ready(replica) == {"bus": "The message bus cannot be reached."}
        assert (await replica.client.get("/healthz")).status_code == 200
        bus.fault = "hang"
        assert await not_ready(replica) == {"bus": "no answer in 3 s"}
        bus.fault = None
        assert await not_ready(replica) == {}


async def test_a_pending_migration_is_named(replica: Served) -> None:
    with entered(replica.house.database):
        await get_connection("default").execute_query("DELETE FROM tortoise_migrations")
    assert await not_ready(replica) == {"migrations": "pending: 0001_initial, 0002_realtime"}


async def test_a_database_that_fails_is_named_without_its_words(replica: Served) -> None:
    with entered(replica.house.database):
        connection = get_connection("default")
        await connection.execute_query("ALTER TABLE node RENAME TO elsewhere")
    found = await not_ready(replica)
    assert found["nodes"] == "does not answer (OperationalError)"


async def test_nodes_count_when_none_of_them_answers(replica: Served) -> None:
    with entered(replica.house.database):
        local = await Node.get(name="local")
        away = await Node.create(name="away", driver="memory", state=NodeState.OFFLINE, state_reason="gone")
        assert await not_ready(replica) == {}
        await Node.filter(id=local.id).delete()
        assert await not_ready(replica) == {"nodes": "away is offline: gone"}
        await Node.filter(id=away.id).delete()
        assert await not_ready(replica) == {}


async def test_a_task_that_crashes_is_named(replica: Served) -> None:
    crashed = asyncio.Event()

    async def run() -> None:
        crashed.set()
        raise ValueError

    replica.house.background.start("doomed", run)
    await crashed.wait()
    await asyncio.sleep(0)
    assert await not_ready(replica) == {"tasks": "crashed lately: doomed"}


async def test_a_replica_that_ends_is_not_ready(replica: Served) -> None:
    replica.house.is_closing.set()
    assert await not_ready(replica) == {"process": "shutting down"}
