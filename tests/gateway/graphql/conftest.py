"""What the tests of the GraphQL door stand on: replicas on a migrated database, and people with tokens."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from drivers.runtime.memory import MemoryEngine
from gateway.database import sqlite_url
from gateway.migrate import migrate
from tests.engines.postgres import PostgresServer
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica, serving

SECRET = "a secret of the tests, long enough to sign with"


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
def engine() -> MemoryEngine:
    """The pretended engine of every node."""
    return MemoryEngine()


@pytest.fixture
async def replica(migrated_sqlite: Path, tmp_path: Path, engine: MemoryEngine) -> AsyncIterator[Replica]:
    """One gateway on SQLite, everything embedded."""
    path = tmp_path / "gatehouse.db"
    shutil.copyfile(migrated_sqlite, path)
    async with serving(engine, data_dir=tmp_path, database_url=sqlite_url(path), secret_key=SECRET) as one:
        yield one


@pytest.fixture
async def people(replica: Replica) -> People:
    """Who lives on the replica."""
    return await People.on(replica)
