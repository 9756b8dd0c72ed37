"""A database with rows in every table, as each release left it, is brought up to date and keeps them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import BaseORMException
from tortoise.models import Model

from gateway.database import open_database
from gateway.faults import StartupError
from gateway.migrate import APPS, Apps, migrate
from tests.domain.models.filling import Json, fill
from tests.domain.models.released import v0_1_0
from tests.domain.models.schema import schema_of

RELEASES: list[ModuleType] = [v0_1_0]


@pytest.fixture(params=RELEASES, ids=lambda release: str(release.__name__).rpartition(".")[2])
async def released(request: pytest.FixtureRequest, empty_url: str) -> ModuleType:
    """A release, with the database as it left it."""
    release: ModuleType = request.param
    await migrate(empty_url, upto=release.MIGRATION)
    async with open_database(empty_url):
        await fill(get_connection("default"), release.ROWS)
    return release


async def test_the_rows_are_in_every_table_of_the_release(released: ModuleType, empty_url: str) -> None:
    async with open_database(empty_url):
        assert set(await schema_of(get_connection("default"))) == {table for table, _ in released.ROWS}


async def test_todays_models_read_yesterdays_rows(released: ModuleType, empty_url: str) -> None:
    await migrate(empty_url)
    async with open_database(empty_url) as context:
        models = models_of(context)
        for table, row in released.ROWS:
            (found,) = await models[table].all()
            assert {name: plain(getattr(found, name)) for name in row} == {name: plain(row[name]) for name in row}


def models_of(context: TortoiseContext) -> dict[str, type[Model]]:
    assert context.apps is not None
    return {str(model._meta.db_table): model for app in context.apps.values() for model in app.values()}


def plain(value: Any) -> Any:
    if isinstance(value, Json):
        return value.value
    return value.value if isinstance(value, Enum) else value


LATER = """
from tortoise import fields, migrations
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]
    operations = [{operations}]
"""
REBUILD = "ops.AlterField('Tenant', 'name', fields.CharField(max_length=200))"
ADD = "ops.AddField('Tenant', 'note', fields.CharField(max_length=9, default='x', db_default='x'))"
BREAK = "ops.AddField('Tenant', 'must', fields.CharField(max_length=9, unique=True, db_default='same'))"


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes the migrations of a later version: those of today and one more."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(*operations: str) -> Apps:
        package = tmp_path / "later_migrations"
        package.mkdir()
        (package / "__init__.py").write_text("")
        source = Path(sys.modules["domain.models"].__path__[0]) / "migrations" / "0001_initial.py"
        (package / "0001_initial.py").write_bytes(source.read_bytes())
        (package / "0002_later.py").write_text(LATER.format(operations=", ".join(operations)))
        return {"models": {**APPS["models"], "migrations": "later_migrations"}}

    yield make
    for name in [name for name in sys.modules if name.startswith("later_migrations")]:
        del sys.modules[name]


async def count(empty_url: str, *tables: str) -> list[int]:
    async with open_database(empty_url):
        connection = get_connection("default")
        found = [await connection.execute_query(f'SELECT count(*) AS n FROM "{table}"') for table in tables]
        return [rows[0]["n"] for _, rows in found]


async def test_a_table_that_is_rebuilt_keeps_its_rows_and_those_that_refer_to_it(
    released: ModuleType, empty_url: str, later: Any
) -> None:
    assert await migrate(empty_url, apps=later(REBUILD, ADD)) == ["0002_later"]
    assert await count(empty_url, "tenant", "membership", "instance", "image", "operation") == [1, 1, 1, 1, 1]
    async with open_database(empty_url):
        _, rows = await get_connection("default").execute_query("SELECT note FROM tenant")
        assert rows[0]["note"] == "x"


async def test_a_table_that_is_rebuilt_keeps_its_indexes_and_constraints(
    released: ModuleType, empty_url: str, later: Any
) -> None:
    async with open_database(empty_url):
        before = await schema_of(get_connection("default"))
    role = "ops.AlterField('Membership', 'role', fields.CharField(max_length=32))"
    await migrate(empty_url, apps=later(REBUILD, role, "ops.RemoveField('ApiKey', 'prefix')"))
    async with open_database(empty_url):
        after = await schema_of(get_connection("default"))
    for table in ("tenant", "membership", "api_key"):
        assert after[table].indexes == before[table].indexes, table
        assert after[table].foreign_keys == before[table].foreign_keys, table
    assert "prefix" not in after["api_key"].columns


async def test_an_index_goes_with_its_column(released: ModuleType, empty_url: str, later: Any) -> None:
    await migrate(empty_url, apps=later("ops.RemoveField('Operation', 'ended_at')", REBUILD))
    async with open_database(empty_url):
        operation = (await schema_of(get_connection("default")))["operation"]
    assert not operation.has_index_on("ended_at")
    assert operation.has_index_on("state", "run_at", "id")


async def test_a_migration_that_fails_changes_nothing(released: ModuleType, empty_url: str, later: Any) -> None:
    async with open_database(empty_url):
        connection = get_connection("default")
        before = await schema_of(connection)
        second = {**released.ROWS[0][1], "id": released.ROWS[1][1]["id"], "slug": "second"}
        await fill(connection, [("tenant", second)])
    with pytest.raises((StartupError, BaseORMException), match=r"(?i)unique|duplicate"):
        await migrate(empty_url, apps=later(ADD, BREAK))
    async with open_database(empty_url):
        assert await schema_of(get_connection("default")) == before
    assert await count(empty_url, "tenant", "tortoise_migrations") == [2, 1]
