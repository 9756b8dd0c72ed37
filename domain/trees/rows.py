"""The statements of realtime databases: one text for both engines, names and values as bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from domain.errors import NotFound
from domain.models.sql import fetch
from domain.trees.documents import Data
from domain.trees.paths import split_path

ROWS_PER_STATEMENT = 500


@dataclass(slots=True)
class Reading:
    """What a query cost. rows: documents fetched. statements: those sent, with their values."""

    rows: int = 0
    statements: list[tuple[str, list[Any]]] = field(default_factory=list)

    async def documents(self, text: str, values: list[Any]) -> list[dict[str, Any]]:
        """Rows with key and data (and what else was asked for), data as text."""
        self.statements.append((text, values))
        rows = await fetch(text, values)
        self.rows += len(rows)
        return rows


@dataclass(frozen=True, slots=True)
class Head:
    """number: by which rows name the tree. last_change: its newest change."""

    number: int
    last_change: int


@dataclass(frozen=True, slots=True)
class Index:
    """One indexed field of one collection."""

    id: int
    collection: str
    field: str


async def head_of(file_id: UUID) -> Head | None:
    """None: nothing was ever written there."""
    rows = await fetch("SELECT number, last_change FROM tree WHERE file_id = $1", [file_id])
    return Head(rows[0]["number"], rows[0]["last_change"]) if rows else None


async def documents_at(number: int, paths: Iterable[str]) -> dict[str, Data]:
    """Those of the documents that exist, by path; one statement per collection and 500 keys."""
    collections: dict[str, dict[str, str]] = {}
    for path in paths:
        collection, key = split_path(path)
        collections.setdefault(collection, {})[key] = path
    found: dict[str, Data] = {}
    for collection, keys in collections.items():
        for part in parts(list(keys), ROWS_PER_STATEMENT):
            places = ", ".join(f"${place}" for place in range(3, len(part) + 3))
            rows = await fetch(
                f"SELECT key, data FROM tree_document WHERE tree_id = $1 AND collection = $2 AND key IN ({places})",
                [number, collection.encode(), *(key.encode() for key in part)],
            )
            found |= {keys[row["key"].decode()]: orjson.loads(row["data"]) for row in rows}
    return found


async def indexes_of(number: int, collections: Sequence[str]) -> list[Index]:
    """The indexes of these collections, the oldest first."""
    found: list[Index] = []
    for part in parts(list(collections), ROWS_PER_STATEMENT):
        places = ", ".join(f"${place}" for place in range(2, len(part) + 2))
        rows = await fetch(
            f"SELECT id, collection, field FROM tree_index WHERE tree_id = $1 AND collection IN ({places}) ORDER BY id",
            [number, *(collection.encode() for collection in part)],
        )
        found += [Index(row["id"], row["collection"].decode(), row["field"].decode()) for row in rows]
    return found


async def write_documents(number: int, documents: Mapping[str, Data]) -> None:
    """Insert or overwrite."""
    for part in parts(list(documents.items()), ROWS_PER_STATEMENT):
        values: list[Any] = [number]
        for path, data in part:
            collection, key = split_path(path)
            values += [collection.encode(), key.encode(), orjson.dumps(data).decode()]
        rows = ", ".join(f"($1, ${place}, ${place + 1}, ${place + 2})" for place in range(2, len(values) + 1, 3))
        await fetch(
            f"INSERT INTO tree_document (tree_id, collection, key, data) VALUES {rows} "
            "ON CONFLICT (tree_id, collection, key) DO UPDATE SET data = excluded.data",
            values,
        )


async def remove_documents(number: int, paths: Iterable[str]) -> None:
    for path in paths:
        collection, key = split_path(path)
        await fetch(
            "DELETE FROM tree_document WHERE tree_id = $1 AND collection = $2 AND key = $3",
            [number, collection.encode(), key.encode()],
        )


async def write_entries(entries: Sequence[tuple[int, str, bytes]]) -> None:
    """Of (index id, document's key, value)."""
    for part in parts(entries, ROWS_PER_STATEMENT):
        values = [value for index_id, key, entry in part for value in (index_id, key.encode(), entry)]
        rows = ", ".join(f"(${place}, ${place + 1}, ${place + 2})" for place in range(1, len(values) + 1, 3))
        await fetch(f"INSERT INTO tree_index_entry (index_id, key, value) VALUES {rows}", values)


async def remove_entries(index_id: int, keys: Sequence[str]) -> None:
    for part in parts(keys, ROWS_PER_STATEMENT):
        places = ", ".join(f"${place}" for place in range(2, len(part) + 2))
        await fetch(
            f"DELETE FROM tree_index_entry WHERE index_id = $1 AND key IN ({places})",
            [index_id, *(key.encode() for key in part)],
        )


async def locked_head(file_id: UUID, lock: str) -> Head:
    """The head, which nobody else changes until the end of the transaction; made now when it is the first time.

    lock: the clause that locks a row, "" where the engine has one writer. NotFound: the file is gone.
    """
    text = f"SELECT number, last_change FROM tree WHERE file_id = $1 {lock}"
    rows = await fetch(text, [file_id])
    if not rows:
        await fetch(
            "INSERT INTO tree (file_id, last_change) SELECT id, 0 FROM file WHERE id = $1 "
            "ON CONFLICT (file_id) DO NOTHING",
            [file_id],
        )
        rows = await fetch(text, [file_id])
    if not rows:
        raise NotFound("There is no such file.")
    return Head(rows[0]["number"], rows[0]["last_change"])


def parts(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
