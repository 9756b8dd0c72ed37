"""Index a field of a collection: what is there is read once, what is written later keeps it up to date."""

from __future__ import annotations

from uuid import UUID

import orjson

from domain.errors import InvalidInput, TooLarge
from domain.models.sql import fetch
from domain.models.tree import TreeIndex
from domain.ports import Ports
from domain.trees.documents import shown
from domain.trees.locks import row_lock
from domain.trees.plan import entries_of
from domain.trees.rows import ROWS_PER_STATEMENT, indexes_of, locked_head, write_entries
from domain.unit import unit_of_work

MOST_INDEXES = 32
LONGEST_FIELD_BYTES = 255


async def create_index(ports: Ports, file_id: UUID, collection: str, field: object) -> None:
    """Queries that name the field read only what matches from now on; an index that exists is left as it is.

    Writers of this tree wait meanwhile. InvalidInput: the field has no name. TooLarge: 32 indexes in the collection.
    """
    if not isinstance(field, str) or not 0 < len(field.encode()) <= LONGEST_FIELD_BYTES:
        raise InvalidInput("The field is missing.", field="field")
    async with unit_of_work(ports):
        head = await locked_head(file_id, row_lock())
        known = await indexes_of(head.number, [collection])
        if any(index.field == field for index in known):
            return
        if len(known) >= MOST_INDEXES:
            raise TooLarge(f"A collection has at most {MOST_INDEXES} indexes.", limit=MOST_INDEXES)
        row = await TreeIndex.create(tree_id=head.number, collection=collection.encode(), field=field.encode())
        await _fill(head.number, collection, row.id, field)


async def _fill(number: int, collection: str, index_id: int, field: str) -> None:
    after = b""
    while True:
        rows = await fetch(
            "SELECT key, data FROM tree_document WHERE tree_id = $1 AND collection = $2 AND key > $3 "
            "ORDER BY key LIMIT $4",
            [number, collection.encode(), after, ROWS_PER_STATEMENT],
        )
        entries = []
        for row in rows:
            key = row["key"].decode()
            entries += [(index_id, key, value) for value in entries_of(shown(key, orjson.loads(row["data"])), field)]
        await write_entries(entries)
        if len(rows) < ROWS_PER_STATEMENT:
            return
        after = rows[-1]["key"]
