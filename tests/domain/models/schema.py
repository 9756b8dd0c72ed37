"""Read a database's schema as plain data, so that two can be compared and indexes be asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

RECORD_TABLE = "tortoise_migrations"


@dataclass
class Table:
    """columns: name → (type, nullable, default). indexes: (columns, unique). foreign_keys: (column, table, delete)."""

    columns: dict[str, tuple[str, bool, str | None]] = field(default_factory=dict)
    indexes: set[tuple[tuple[str, ...], bool]] = field(default_factory=set)
    foreign_keys: set[tuple[str, str, str]] = field(default_factory=set)

    def has_index_on(self, *columns: str) -> bool:
        """Whether an index starts with these columns, in this order."""
        return any(found[: len(columns)] == columns for found, _unique in self.indexes)


async def schema_of(connection: BaseDBAsyncClient) -> dict[str, Table]:
    """Every table but the one that records migrations."""
    read = _sqlite if connection.capabilities.dialect == "sqlite" else _postgres
    tables = await read(connection)
    tables.pop(RECORD_TABLE, None)
    return tables


async def _rows(connection: BaseDBAsyncClient, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in (await connection.execute_query(sql))[1]]


async def _sqlite(connection: BaseDBAsyncClient) -> dict[str, Table]:
    names = await _rows(connection, "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'")
    tables = {row["name"]: Table() for row in names}
    for name, table in tables.items():
        for row in await _rows(connection, f'PRAGMA table_info("{name}")'):
            table.columns[row["name"]] = (row["type"], not row["notnull"], row["dflt_value"])
            if row["pk"]:
                table.indexes.add(((row["name"],), True))
        for index in await _rows(connection, f'PRAGMA index_list("{name}")'):
            columns = await _rows(connection, f'PRAGMA index_info("{index["name"]}")')
            table.indexes.add((tuple(column["name"] for column in columns), bool(index["unique"])))
        for row in await _rows(connection, f'PRAGMA foreign_key_list("{name}")'):
            table.foreign_keys.add((row["from"], row["table"], row["on_delete"]))
    return tables


async def _postgres(connection: BaseDBAsyncClient) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    columns = await _rows(
        connection,
        "SELECT table_name, column_name, udt_name || coalesce(character_maximum_length::text, '') AS type,"
        " is_nullable, column_default FROM information_schema.columns WHERE table_schema = current_schema()",
    )
    for row in columns:
        table = tables.setdefault(row["table_name"], Table())
        table.columns[row["column_name"]] = (row["type"], row["is_nullable"] == "YES", row["column_default"])
    for row in await _rows(
        connection, "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = current_schema()"
    ):
        found = re.search(r"\((.*)\)", row["indexdef"])
        assert found is not None, row
        named = tuple(column.strip().strip('"') for column in found.group(1).split(","))
        tables[row["tablename"]].indexes.add((named, "UNIQUE INDEX" in row["indexdef"]))
    for row in await _rows(
        connection,
        "SELECT conrelid::regclass::text AS t, a.attname AS c, confrelid::regclass::text AS r, confdeltype::text AS d"
        " FROM pg_constraint JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1] WHERE contype = 'f'",
    ):
        tables[row["t"].strip('"')].foreign_keys.add((row["c"], row["r"].strip('"'), row["d"]))
    return tables
