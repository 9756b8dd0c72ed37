"""Migrations say what the models say, on both databases, however often and however many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tortoise.connection import get_connection

from gateway.database import open_database, sqlite_url
from gateway.faults import StartupError
from gateway.migrate import SchemaError, migrate, pending
from gateway.migration_author import changes, migrations_folder
from tests.domain.models.schema import Table, schema_of
from tests.engines.postgres import PostgresServer


async def read_schema(url: str) -> dict[str, Table]:
    async with open_database(url):
        return await schema_of(get_connection("default"))


async def test_models_have_no_change_that_no_migration_makes() -> None:
    found = [writer.as_string() for writer in await changes()]
    assert not found, "run `gatehouse migrate --write NAME`, then read what it wrote"


@pytest.fixture
def generated_url(request: pytest.FixtureRequest, tmp_path: Path, empty_url: str) -> Iterator[str]:
    """A second empty database of the same kind."""
    if empty_url.startswith("sqlite"):
        yield sqlite_url(tmp_path / "generated.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database()
    yield server.url(name)
    server.drop_database(name)


async def test_migrated_schema_is_the_one_the_models_describe(empty_url: str, generated_url: str) -> None:
    await migrate(empty_url)
    async with open_database(generated_url) as context:
        await context.generate_schemas()
    migrated, generated = await read_schema(empty_url), await read_schema(generated_url)
    assert migrated.keys() == generated.keys()
    for name, table in generated.items():
        assert migrated[name] == table, name


async def test_migrating_again_changes_nothing(empty_url: str) -> None:
    known = sorted(path.stem for path in migrations_folder().glob("[0-9]*.py"))
    assert await migrate(empty_url) == known
    before = await read_schema(empty_url)
    assert await migrate(empty_url) == []
    assert await read_schema(empty_url) == before


async def test_many_at_once_apply_each_migration_once(empty_url: str) -> None:
    known = sorted(path.stem for path in migrations_folder().glob("[0-9]*.py"))
    done = await asyncio.gather(*(migrate(empty_url) for _ in range(6)))
    assert sorted(name for names in done for name in names) == known


async def test_pending_tells_what_is_missing(empty_url: str) -> None:
    known = sorted(path.stem for path in migrations_folder().glob("[0-9]*.py"))
    async with open_database(empty_url):
        assert await pending(get_connection("default")) == known
    await migrate(empty_url)
    async with open_database(empty_url):
        assert await pending(get_connection("default")) == []


async def test_a_database_of_a_newer_version_is_left_alone(empty_url: str) -> None:
    await migrate(empty_url)
    async with open_database(empty_url):
        await get_connection("default").execute_query(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('models', '9999_later', '2030-01-01')"
        )
    with pytest.raises(SchemaError, match="9999_later"):
        await migrate(empty_url)


async def test_a_sqlite_file_is_for_its_owner_only(tmp_path: Path) -> None:
    await migrate(sqlite_url(tmp_path / "new.db"))
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600


async def test_a_folder_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"GATEHOUSE_DATABASE_URL: .*nowhere/x\.db cannot be used"):
        await migrate(sqlite_url(tmp_path / "nowhere" / "x.db"))
