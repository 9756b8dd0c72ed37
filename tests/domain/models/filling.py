"""Write rows into tables without the models, as an older version would have."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.backends.base.client import BaseDBAsyncClient


@dataclass(frozen=True, slots=True)
class Json:
    """A value of a JSON column."""

    value: Any


async def fill(connection: BaseDBAsyncClient, rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Insert rows, in order."""
    is_sqlite = connection.capabilities.dialect == "sqlite"
    for table, row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        places = ", ".join("?" if is_sqlite else f"${number}" for number in range(1, len(row) + 1))
        values = [_stored(value, is_sqlite) for value in row.values()]
        await connection.execute_query(f'INSERT INTO "{table}" ({names}) VALUES ({places})', values)


def _stored(value: Any, is_sqlite: bool) -> Any:
    if isinstance(value, Json):
        return json.dumps(value.value)
    if is_sqlite and isinstance(value, UUID):
        return str(value)
    if is_sqlite and isinstance(value, datetime):
        return value.isoformat(" ")
    return value
