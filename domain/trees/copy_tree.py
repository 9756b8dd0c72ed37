"""Copy a realtime database into a new file: its documents and indexes, not its locks and not its past."""

from __future__ import annotations

from uuid import UUID

from domain.models.sql import fetch
from domain.trees.locks import row_lock
from domain.trees.rows import head_of, locked_head


async def copy_tree(source_id: UUID, target_id: UUID) -> None:
    """Inside the caller's unit. target_id: of a file whose database has never been written. A source that was never
    written has nothing to copy."""
    if await head_of(source_id) is None:
        return
    source = await locked_head(source_id, row_lock())
    target = await locked_head(target_id, row_lock())
    numbers = [target.number, source.number]
    await fetch(
        "INSERT INTO tree_document (tree_id, collection, key, data) "
        "SELECT t.number, d.collection, d.key, d.data FROM tree_document d JOIN tree t ON t.number = $1 "
        "WHERE d.tree_id = $2",
        numbers,
    )
    await fetch(
        "INSERT INTO tree_index (tree_id, collection, field) "
        "SELECT t.number, i.collection, i.field FROM tree_index i JOIN tree t ON t.number = $1 WHERE i.tree_id = $2",
        numbers,
    )
    await fetch(
        "INSERT INTO tree_index_entry (index_id, key, value) "
        "SELECT mine.id, e.key, e.value FROM tree_index theirs "
        "JOIN tree_index mine ON mine.tree_id = $1 AND mine.collection = theirs.collection "
        "AND mine.field = theirs.field JOIN tree_index_entry e ON e.index_id = theirs.id WHERE theirs.tree_id = $2",
        numbers,
    )
