"""A database with every table, for each test anew: SQLite in a file, PostgreSQL in the run's own cluster.

The tables are made by the migrations, once per run and engine; a test gets a copy.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext

from gateway.database import open_database, sqlite_url
from gateway.migrate import migrate
from tests.engines.postgres import PostgresServer


@pytest.fixture(autouse=True)
def _no_statements_of_another_dialect() -> None:
    """Tortoise keeps its INSERT texts per process, not per dialect; a test run meets both."""
    EXECUTOR_CACHE.clear()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(sqlite_url(path)))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a PostgreSQL database with every table and no row."""
    name = postgres_server.create_database()
    asyncio.run(migrate(postgres_server.url(name)))
    return name


@pytest.fixture
def sqlite_database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a SQLite file of the test's own, tables made."""
    path = tmp_path / "gatehouse.db"
    shutil.copyfile(sqlite_template, path)
    return sqlite_url(path)


@pytest.fixture
def postgres_database_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database of the test's own, tables made."""
    name = postgres_server.create_database(postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database of the test's own, tables made; the test runs once for each engine."""
    url: str = request.getfixturevalue(f"{request.param}_database_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[TortoiseContext]:
    """That database, open and entered for the test and the tasks it starts."""
    async with open_database(database_url) as context:
        yield context
