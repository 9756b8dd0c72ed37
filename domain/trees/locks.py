"""Locks on paths. Soft ones are told to those who ask; hard ones keep others from writing. They end by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.errors import Locked, TooLarge
from domain.models.sql import connection, is_postgres
from domain.models.tree import TreeLock
from domain.ports import Ports
from domain.trees.author import Author
from domain.trees.changes import Action, Change, Commit
from domain.trees.log import record
from domain.trees.paths import split_path
from domain.trees.rows import head_of, locked_head
from domain.unit import unit_of_work

LOCK_TTL_S = 60.0
MOST_LOCKS = 1000
SOFT, HARD = "soft", "hard"


@dataclass(frozen=True, slots=True)
class Locking:
    """holder, mode: whose lock stands in the way; None: it is the asker's now. commit: what watchers are told."""

    holder: str | None = None
    mode: str | None = None
    commit: Commit | None = None


async def lock(ports: Ports, file_id: UUID, author: Author, path: str, *, hard: bool) -> Locking:
    """Take a path for 60 seconds, or prolong one's own lock. TooLarge: 1,000 locks are held in this tree."""
    async with unit_of_work(ports):
        head, now = await locked_head(file_id, row_lock()), ports.clock.now()
        rows = await TreeLock.filter(tree_id=head.number)
        held = next((row for row in rows if row.path == path.encode()), None)
        if held is not None and held.expires_at > now and held.owner != author.owner:
            return Locking(held.owner, _mode(held))
        if held is None and len(rows) >= MOST_LOCKS:
            raise TooLarge("Too many locks are held here.", limit=MOST_LOCKS)
        changes = _taking(held, author, path, hard, now)
        row = held or TreeLock(tree_id=head.number, path=path.encode())
        row.owner, row.connection, row.hard = author.owner, author.connection, hard
        row.expires_at = now + timedelta(seconds=LOCK_TTL_S)
        await row.save()
        return Locking(commit=await record(head, author.connection, changes, now))


async def unlock(ports: Ports, file_id: UUID, author: Author, path: str) -> Commit | None:
    """Give one's own lock back; nothing happens where there is none."""
    mine = lambda row: row.path == path.encode() and row.owner == author.owner  # noqa: E731
    return await _release(ports, file_id, author.connection, mine)


async def release_locks(ports: Ports, file_id: UUID, gone: str) -> Commit | None:
    """Give back what a connection took."""
    return await _release(ports, file_id, gone, lambda row: row.connection == gone)


async def expire_locks(ports: Ports, file_id: UUID) -> Commit | None:
    """Remove the locks whose time is over, and tell."""
    now = ports.clock.now()
    return await _release(ports, file_id, "", lambda row: row.expires_at <= now)


async def next_expiry(tree_number: int) -> datetime | None:
    """When the first of the locks ends."""
    row = await TreeLock.filter(tree_id=tree_number).order_by("expires_at").first()
    return row.expires_at if row else None


@dataclass(frozen=True, slots=True)
class HardLocks:
    """path → owner."""

    owners: dict[str, str]

    @classmethod
    async def of(cls, tree_number: int, now: datetime) -> HardLocks:
        rows = await TreeLock.filter(tree_id=tree_number, hard=True, expires_at__gt=now)
        return cls({row.path.decode(): row.owner for row in rows})

    def check(self, author: Author, path: str) -> None:
        """Locked: somebody else holds this document, or the collection it lies in."""
        for place in (path, split_path(path)[0]):
            owner = self.owners.get(place)
            if owner is not None and owner != author.owner:
                raise Locked("Somebody else has locked this.", path=place, holder=owner)


async def _release(ports: Ports, file_id: UUID, connection_id: str, ends: Callable[[TreeLock], bool]) -> Commit | None:
    if await head_of(file_id) is None:
        return None
    async with unit_of_work(ports):
        head = await locked_head(file_id, row_lock())
        rows = [row for row in await TreeLock.filter(tree_id=head.number).order_by("id") if ends(row)]
        if not rows:
            return None
        await TreeLock.filter(id__in=[row.id for row in rows]).delete()
        return await record(head, connection_id, _leaving(rows), ports.clock.now())


def _taking(held: TreeLock | None, author: Author, path: str, hard: bool, now: datetime) -> list[Change]:
    """What is told: nothing when it is only prolonged."""
    is_over = held is not None and held.expires_at <= now
    if held is not None and not is_over and held.hard == hard:
        return []
    mode = HARD if hard else SOFT
    info = {"userId": author.owner, "mode": mode, "connId": author.connection}
    ended = _leaving([held]) if held is not None and is_over else []
    return [*ended, Change(Action.LOCK, path, info=info)]


def _leaving(rows: Iterable[TreeLock]) -> list[Change]:
    return [
        Change(Action.UNLOCK, row.path.decode(), info={"userId": row.owner, "connId": row.connection}) for row in rows
    ]


def _mode(row: TreeLock) -> str:
    return HARD if row.hard else SOFT


def row_lock() -> str:
    """The clause that keeps other writers of a row out until commit; SQLite has one writer at a time."""
    return "FOR UPDATE" if is_postgres(connection()) else ""
