"""What other replicas commit: read from the log by number. The bus only says when to look; the log is the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from uuid import UUID

from domain.errors import Unavailable
from domain.models.sql import fetch
from domain.ports import Ports
from domain.trees.changes import Commit, commits_after
from domain.trees.live import tree_topic
from domain.trees.rows import head_of

PORTION = 200
RETRY_S = 1.0


class GapError(Exception):
    """The log no longer holds what comes next; those who watch must begin again."""


class Tail:
    """How far a room has read its log. Commits are handed to `take` in order, each once, without a hole."""

    def __init__(self, file_id: UUID, take: Callable[[Commit], None]) -> None:
        self._file_id = file_id
        self._take = take
        self.position = 0

    async def begin(self) -> None:
        """What was committed before does not concern us."""
        head = await head_of(self._file_id)
        self.position = head.last_change if head else 0

    def follow(self, commits: Collection[Commit]) -> bool:
        """What was just committed here. False when others' commits lie between: advance() reads all of them."""
        for commit in commits:
            if commit.seq > self.position + 1:
                return False
            self._next(commit)
        return True

    async def advance(self) -> None:
        """Everything there is by now. GapError: it was pruned before it was read here."""
        head = await head_of(self._file_id)
        while head is not None and self.position < head.last_change:
            commits = await commits_after(head.number, self.position, PORTION)
            if not commits or commits[0].seq != self.position + 1:
                self.position = head.last_change
                raise GapError
            for commit in commits:
                self._next(commit)

    def _next(self, commit: Commit) -> None:
        if commit.seq == self.position + 1:
            self.position = commit.seq
            self._take(commit)


async def listen(ports: Ports, file_id: UUID, wake: Callable[[], None]) -> None:
    """Wake the room for every word of other replicas, until cancelled; what is lost meanwhile the poll finds."""
    while True:
        with suppress(Unavailable):
            async with ports.bus.subscribe([tree_topic(file_id)], max_pending=16) as messages:
                wake()
                async for _ in messages:
                    wake()
        await asyncio.sleep(RETRY_S)


async def last_changes(file_ids: Collection[UUID]) -> dict[UUID, int]:
    """The newest change of each tree that was ever written."""
    found: dict[UUID, int] = {}
    ids = list(file_ids)
    for start in range(0, len(ids), PORTION):
        part = ids[start : start + PORTION]
        places = ", ".join(f"${place}" for place in range(1, len(part) + 1))
        rows = await fetch(f"SELECT file_id, last_change FROM tree WHERE file_id IN ({places})", part)
        found |= {UUID(str(row["file_id"])): row["last_change"] for row in rows}
    return found
