"""What the tests of the GraphQL door stand on: replicas on a migrated database, and people with tokens."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from drivers.runtime.memory import MemoryEngine
from gateway.database import sqlite_url
from gateway.migrate import migrate
from tests.engines.postgres import PostgresServer
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Pair, Replica, serving


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "template.db"
    asyncio.run(migrate(sqlite_url(path)))
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: PostgresServer) -> str:
    name = postgres_server.create_database()
    asyncio.run(migrate(postgres_server.url(name)))
    return name


@pytest.fixture
def sqlite_place(migrated_sqlite: Path, tmp_path: Path) -> dict[str, Any]:
    """Settings: a migrated SQLite file of the test's own."""
    path = tmp_path / "gatehouse.db"
    shutil.copyfile(migrated_sqlite, path)
    return {"database_url": sqlite_url(path)}


@pytest.fixture
def shared_place(postgres_server: PostgresServer, migrated_postgres: str, redis_url: str) -> Iterator[dict[str, Any]]:
    """Settings: a migrated PostgreSQL database and a Redis of the test's own, for replicas to share."""
    name = postgres_server.create_database(migrated_postgres)
    yield {"database_url": postgres_server.url(name), "redis_url": redis_url}
    postgres_server.drop_database(name)


@pytest.fixture
def engine() -> MemoryEngine:
    """The pretended engine of every node."""
    return MemoryEngine()


@pytest.fixture
def door() -> dict[str, Any]:
    """Settings of the door; a test module overrides this."""
    return {}


@pytest.fixture
async def replica(
    sqlite_place: dict[str, Any], tmp_path: Path, engine: MemoryEngine, door: dict[str, Any]
) -> AsyncIterator[Replica]:
    """One gateway on SQLite, everything embedded."""
    async with serving(engine, tmp_path, graphql=door, **sqlite_place) as one:
        yield one


@pytest.fixture
async def people(replica: Replica) -> People:
    """Who lives on the replica."""
    return await People.on(replica)


@pytest.fixture(params=["one", pytest.param("two", marks=[pytest.mark.postgres, pytest.mark.redis])])
def places(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Settings of the replicas of a pair."""
    if request.param == "one":
        return [request.getfixturevalue("sqlite_place")]
    return [request.getfixturevalue("shared_place")] * 2


@pytest.fixture
async def pair(places: list[dict[str, Any]], tmp_path: Path, engine: MemoryEngine) -> AsyncIterator[Pair]:
    """Where things are done and where they are watched: the same replica, or two on one PostgreSQL and Redis."""
    async with AsyncExitStack() as stack:
        replicas = [
            await stack.enter_async_context(serving(engine, tmp_path / str(number), **place))
            for number, place in enumerate(places)
        ]
        yield Pair(replicas[0], replicas[-1])


@pytest.fixture
async def folk(pair: Pair) -> People:
    """Who lives on the pair."""
    return await People.on(pair.here)
