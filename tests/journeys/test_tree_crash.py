"""Two gateways serve one realtime database, and each part is killed in turn while somebody writes: what was
acknowledged is there, and whoever watches at the other gateway is told of it, once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.engines.redis import RedisServer
from tests.journeys.house import ServerProcess, server, until
from tests.realtime.rtdb.client import Client, client_of

SECRET = "a secret of the tests, long enough to sign with"
pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@asynccontextmanager
async def at(house: ServerProcess, key: str) -> AsyncIterator[Client]:
    async with client_of(f"ws://127.0.0.1:{house.port}/ws/rtdb/s~journey", key) as client:
        yield client


async def write(client: Client, name: str, acknowledged: list[str]) -> None:
    """One document after the other, a few at a time, until the socket breaks."""
    number = 0
    try:
        while True:
            asked = {}
            for _ in range(5):
                number += 1
                key = f"{name}{number:05}"
                operation: dict[str, Any] = {"type": "replace", "path": f"n/{key}", "data": {"v": number}}
                asked[key] = client.begin("transaction", operations=[operation])
            for key, answer in asked.items():
                assert (await answer)["type"] == "transactionResult"
                acknowledged.append(key)
    except ConnectionClosed:
        return


async def told(watcher: Client, seen: list[str], last: str) -> None:
    """Follow the events until that key."""
    while last not in seen:
        event = await watcher.event()
        assert event["action"] == "create"
        seen.append(event["path"].removeprefix("n/"))


async def enough(acknowledged: list[str], count: int) -> None:
    async def are_there() -> bool:
        return len(acknowledged) >= count

    await until(are_there, 30)


async def test_nothing_acknowledged_is_lost(
    tmp_path: Path, postgres_database_url: str, restartable_redis: RedisServer
) -> None:
    shared = {
        "database_url": postgres_database_url,
        "redis_url": restartable_redis.url(),
        "secret_key": SECRET,
        "runtime": "memory",
    }
    async with server(tmp_path / "first", **shared) as first, server(tmp_path / "second", **shared) as second:
        key = first.keys["graphql"]
        async with at(second, key) as watcher:
            seen: list[str] = []
            assert await watcher.watch("n") == []

            by_killed: list[str] = []
            async with at(first, key) as client:
                writing = asyncio.create_task(write(client, "a", by_killed))
                await enough(by_killed, 100)
                await first.kill()
                await writing
            await told(watcher, seen, by_killed[-1])
            assert set(by_killed) <= set(seen)

            await first.start()
            through_outage: list[str] = []
            async with at(first, key) as client:
                writing = asyncio.create_task(write(client, "b", through_outage))
                await enough(through_outage, 50)
                restartable_redis.kill()
                await enough(through_outage, 100)
                restartable_redis.start()
                await enough(through_outage, 150)
                await told(watcher, seen, through_outage[149])
                await client.socket.close()
                await writing
            async with at(second, key) as fresh:
                everything = [one["id"] for one in await fresh.query("n")]
            await told(watcher, seen, max(everything))
            assert sorted(seen) == everything
            assert set(by_killed) | set(through_outage) <= set(everything)
            assert seen == sorted(seen), "each writer wrote in the order of its keys"
