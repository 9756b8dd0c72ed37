"""A whole realtime database as one JSON value, for those who only want to read it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from domain.errors import TooLarge
from domain.models.sql import fetch
from domain.trees.documents import shown
from domain.trees.paths import join_path
from domain.trees.query import one_moment
from domain.trees.rows import ROWS_PER_STATEMENT, head_of

EXPORT_BYTES = 16 << 20


async def export_tree(
    file_id: UUID, collection: str | None = None, *, most_bytes: int = EXPORT_BYTES
) -> dict[str, Any]:
    """path → document with its id, by collection and key, all of one moment. collection: only those in it.

    TooLarge: more bytes of JSON than that.
    """
    found: dict[str, Any] = {}
    size_bytes = 0
    async with one_moment():
        head = await head_of(file_id)
        place = (b"" if collection is None else collection.encode(), b"")
        while head is not None:
            rows = await _next(head.number, place, collection is not None)
            for row in rows:
                size_bytes += len(row["data"])
                if size_bytes > most_bytes:
                    raise TooLarge(f"This database has more than {most_bytes} bytes.", limit=most_bytes)
                path = join_path(row["collection"].decode(), row["key"].decode())
                found[path] = shown(row["key"].decode(), orjson.loads(row["data"]))
            if len(rows) < ROWS_PER_STATEMENT:
                break
            place = (rows[-1]["collection"], rows[-1]["key"])
    return found


async def _next(number: int, place: tuple[bytes, bytes], only_there: bool) -> list[dict[str, Any]]:
    beyond = "collection = $2 AND key > $3" if only_there else "(collection, key) > ($2, $3)"
    return await fetch(
        f"SELECT collection, key, data FROM tree_document WHERE tree_id = $1 AND {beyond} "
        "ORDER BY collection, key LIMIT $4",
        [number, *place, ROWS_PER_STATEMENT],
    )
