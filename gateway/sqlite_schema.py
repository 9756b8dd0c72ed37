"""SQLite changes a table by building it anew; the stock editor then forgets its indexes and unique constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.migrations.schema_editor import SqliteSchemaEditor


@dataclass(frozen=True, slots=True)
class _Index:
    """sql: how it was made; None for one that a UNIQUE constraint of several columns implies."""

    columns: tuple[str, ...]
    unique: bool
    sql: str | None


class KeepingSqliteEditor(SqliteSchemaEditor):
    """Makes again what the rebuilt table had and still has the columns for."""

    async def _remake_table(self, model: Any, *changes: Any, **named: Any) -> None:
        table = model._meta.db_table
        before = await _indexes(self.client, table)
        await super()._remake_table(model, *changes, **named)
        kept = {(index.columns, index.unique) for index in await _indexes(self.client, table)}
        columns = await _columns(self.client, table)
        for index in before:
            if (index.columns, index.unique) not in kept and columns.issuperset(index.columns):
                await self._run_sql(index.sql or self._unique_index(model, index))

    def _unique_index(self, model: Any, index: _Index) -> str:
        return self.UNIQUE_INDEX_CREATE_TEMPLATE.format(
            index_name=self._generate_index_name("uid", model, list(index.columns)),
            table_name=self.quote(model._meta.db_table),
            fields=", ".join(self.quote(column) for column in index.columns),
            extra="",
        )


async def _indexes(client: BaseDBAsyncClient, table: str) -> list[_Index]:
    """All but the primary key's."""
    found = []
    for row in await _rows(client, f'PRAGMA index_list("{table}")'):
        if row["origin"] == "pk":
            continue
        columns = tuple(part["name"] for part in await _rows(client, f'PRAGMA index_info("{row["name"]}")'))
        made = await _rows(client, f"SELECT sql FROM sqlite_master WHERE name = '{row['name']}'")
        found.append(_Index(columns, bool(row["unique"]), made[0]["sql"] if made else None))
    return found


async def _columns(client: BaseDBAsyncClient, table: str) -> set[str]:
    return {row["name"] for row in await _rows(client, f'PRAGMA table_info("{table}")')}


async def _rows(client: BaseDBAsyncClient, sql: str) -> list[dict[str, Any]]:
    return [dict(row) for row in (await client.execute_query(sql))[1]]
