"""Bring a database to the present schema; safe when several replicas, workers and commands start at once.

All pending migrations run in one transaction that holds a lock: whoever comes second waits, then finds nothing to do,
and a crash in the middle leaves the old schema. SQLite rebuilds tables by dropping them, which with foreign keys on
would delete their children's rows; so they are off here, and checked before the commit.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.exceptions import DBConnectionError, OperationalError
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.transactions import in_transaction

from gateway.database import is_sqlite, open_database, sqlite_path, tortoise_config
from gateway.faults import StartupError
from gateway.sqlite_schema import KeepingSqliteEditor

LOCK_KEY = 0x6761_7465_686F_7573
"""The PostgreSQL advisory lock of migrations ("gatehous")."""

BUSY_TIMEOUT_MS = 60_000
"""How long one waits for others who migrate the same SQLite file."""

Apps = dict[str, dict[str, Any]]
APPS: Apps = tortoise_config("sqlite://:memory:")["apps"]


class SchemaError(StartupError):
    """The database is newer than this program, or a migration broke a foreign key."""


class _Recorder(MigrationRecorder):
    """Works inside the running transaction: the stock script would commit it on SQLite, and the stock question about
    a table that is not there would spoil it on PostgreSQL."""

    async def applied_migrations(self) -> list[MigrationKey]:
        return await super().applied_migrations() if await _has_record_table(self.connection) else []

    async def ensure_schema(self, schema_editor: BaseSchemaEditor) -> None:
        sql = schema_editor._get_model_sql_data(self.model).table_sql
        await self.connection.execute_query(sql.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))


class _Executor(MigrationExecutor):
    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        if self.connection.capabilities.dialect == "sqlite":
            return KeepingSqliteEditor(self.connection, atomic=atomic, collect_sql=collect_sql)
        return super()._schema_editor(atomic, collect_sql)


async def migrate(url: str, *, upto: str = "__latest__", apps: Apps = APPS) -> list[str]:
    """Apply what is pending and return its names, in order. upto, apps: another goal or other migrations, for tests.

    StartupError: the database cannot be used. SchemaError: it comes from a newer version; nothing was changed.
    """
    done: list[str] = []

    def note(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            done.append(name)

    with _reaching(url):
        _keep_private(url)
        async with open_database(_without_foreign_keys(url)):
            if not await _is_current(get_connection("default"), apps):
                async with in_transaction() as connection:
                    await _lock(connection)
                    goal = [MigrationTarget("models", upto)]
                    await _executor(connection, apps).migrate(goal, direction="forward", progress=note)
                    await _check_foreign_keys(connection)
    return done


def _keep_private(url: str) -> None:
    """A SQLite file is made for its owner only; its journal files follow it."""
    if is_sqlite(url):
        os.close(os.open(sqlite_path(url), os.O_CREAT | os.O_RDWR, 0o600))


@contextmanager
def _reaching(url: str) -> Iterator[None]:
    """Connection faults as one line, without the password."""
    try:
        yield
    except (OSError, DBConnectionError, OperationalError, asyncpg.PostgresError, sqlite3.Error) as exc:
        where = urlsplit(url)
        named = sqlite_path(url) if is_sqlite(url) else f"{where.hostname}:{where.port or 5432}{where.path}"
        raise StartupError(f"GATEHOUSE_DATABASE_URL: {named} cannot be used ({_first_line(exc)})") from exc


def _first_line(exc: BaseException) -> str:
    return (str(exc).strip() or type(exc).__name__).splitlines()[0]


async def _is_current(connection: BaseDBAsyncClient, apps: Apps) -> bool:
    """Whether nothing is pending. SchemaError when there is more than we know."""
    known = _known(_executor(connection, apps))
    applied = set(await _applied(connection))
    if strange := sorted(applied - known):
        raise SchemaError(f"The database is of a newer Gatehouse (it has migration {strange[-1]}); update this one")
    return applied >= known


async def pending(connection: BaseDBAsyncClient) -> list[str]:
    """Names of migrations that this program knows and the open database has not seen."""
    known = _known(_executor(connection, APPS))
    applied = set(await _applied(connection))
    return sorted(name for name in known if name not in applied)


def _executor(connection: BaseDBAsyncClient, apps: Apps) -> MigrationExecutor:
    executor = _Executor(connection, apps)
    executor.recorder = _Recorder(connection)
    executor.loader.recorder = executor.recorder
    return executor


def _known(executor: MigrationExecutor) -> set[str]:
    executor.loader.load_disk()
    return {key.name for key in executor.loader.disk_migrations}


async def _applied(connection: BaseDBAsyncClient) -> list[str]:
    return [key.name for key in await _Recorder(connection).applied_migrations()]


async def _has_record_table(connection: BaseDBAsyncClient) -> bool:
    if connection.capabilities.dialect == "sqlite":
        sql = "SELECT 1 FROM sqlite_master WHERE name = 'tortoise_migrations'"
    else:
        sql = "SELECT 1 WHERE to_regclass('tortoise_migrations') IS NOT NULL"
    return bool((await connection.execute_query(sql))[1])


def _without_foreign_keys(url: str) -> str:
    """And with the patience to let others, who migrate it at the same moment, finish one after the other."""
    if not is_sqlite(url):
        return url
    return f"{url}{'&' if '?' in url else '?'}foreign_keys=OFF&busy_timeout={BUSY_TIMEOUT_MS}"


async def _lock(connection: BaseDBAsyncClient) -> None:
    """SQLite's transaction holds the write lock already."""
    if connection.capabilities.dialect == "postgres":
        await connection.execute_query(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")


async def _check_foreign_keys(connection: BaseDBAsyncClient) -> None:
    if connection.capabilities.dialect == "sqlite":
        broken = (await connection.execute_query("PRAGMA foreign_key_check"))[1]
        if broken:
            count = len(broken)
            raise SchemaError(f"A migration would leave {count} rows without what they refer to; nothing was changed.")
