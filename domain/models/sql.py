"""The few statements that the ORM cannot say: one text for both databases, with $1, $2 … placeholders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import require_context
from tortoise.queryset import QuerySet

_PLACEHOLDER = re.compile(r"\$(\d+)")


def connection() -> BaseDBAsyncClient:
    """The open transaction's connection, or else the database's."""
    return require_context().connections.get("default")


def is_postgres(client: BaseDBAsyncClient) -> bool:
    return client.capabilities.dialect == "postgres"


async def fetch(text: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Rows of a statement as dicts."""
    client = connection()
    if is_postgres(client):
        return list(await client.execute_query_dict(text, list(values)))
    plain = [str(value) if isinstance(value, UUID) else value for value in values]
    return list(await client.execute_query_dict(_PLACEHOLDER.sub(r"?\1", text), plain))


async def column(rows: QuerySet[Any], name: str) -> list[Any]:
    """One column of the rows, flat."""
    return list(await rows.values_list(name, flat=True))


def skip_locked() -> str:
    """The clause by which concurrent claimers pass each other by; SQLite has one writer at a time and needs none."""
    return "FOR UPDATE SKIP LOCKED" if is_postgres(connection()) else ""
