"""The log of a tree: every commit gets the next number, under the lock of the tree's head."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.models.sql import fetch
from domain.models.tree import TreeChange
from domain.trees.changes import Change, Commit
from domain.trees.rows import Head

Uncommitted = tuple[str, Sequence[Change]]
"""Connection and changes of one transaction."""


async def record(head: Head, connection_id: str, changes: Sequence[Change], now: datetime) -> Commit | None:
    """Number and keep the changes of one transaction; None when there are none. The head must be locked."""
    commits = await record_all(head, [(connection_id, changes)], now)
    return commits[0] if commits else None


async def record_all(head: Head, transactions: Sequence[Uncommitted], now: datetime) -> list[Commit]:
    """The same for several, in order; those without changes get no number."""
    told = [(connection_id, changes) for connection_id, changes in transactions if changes]
    commits = [
        Commit(head.last_change + place, connection_id, tuple(changes))
        for place, (connection_id, changes) in enumerate(told, 1)
    ]
    if commits:
        await TreeChange.bulk_create(
            [TreeChange(tree_id=head.number, seq=one.seq, content=one.to_text(), created_at=now) for one in commits]
        )
        await fetch("UPDATE tree SET last_change = $2 WHERE number = $1", [head.number, commits[-1].seq])
    return commits
