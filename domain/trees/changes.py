"""What a committed transaction did, in order: handed to those who watch, and kept for other replicas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import orjson

from domain.models.tree import TreeChange
from domain.trees.documents import Data


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    LOCK = "lock"
    UNLOCK = "unlock"


@dataclass(frozen=True, slots=True)
class Change:
    """before, after: the document at `path`, as kept (None: there was or is none). info: who took or left a lock:
    userId, connId and mode, as clients see it."""

    action: Action
    path: str
    before: Data | None = None
    after: Data | None = None
    info: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """seq: 1, 2, … within its tree, in the order of commits. connection: of the socket that did it; "" for nobody."""

    seq: int
    connection: str
    changes: tuple[Change, ...]

    def to_text(self) -> str:
        rows = [[one.action, one.path, one.before, one.after, one.info] for one in self.changes]
        return orjson.dumps([self.connection, rows]).decode()

    @classmethod
    def of(cls, row: TreeChange) -> Commit:
        connection, changes = orjson.loads(row.content)
        return cls(row.seq, connection, tuple(Change(Action(action), *rest) for action, *rest in changes))


async def commits_after(tree_number: int, seq: int, limit: int) -> list[Commit]:
    """The next commits, in order. Nothing is ever missing between two of them; the first may come later than seq + 1
    only when it was pruned."""
    rows = await TreeChange.filter(tree_id=tree_number, seq__gt=seq).order_by("seq").limit(limit)
    return [Commit.of(row) for row in rows]
