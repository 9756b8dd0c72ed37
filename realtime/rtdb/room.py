"""A room: one realtime database that somebody has open here. It has one task through which everything goes that must
be in order: commits, what watchers are told of them, and the beginnings of subscriptions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from domain.ports import Ports
from domain.trees.author import Author
from domain.trees.changes import Action, Commit
from domain.trees.create_index import create_index
from domain.trees.live import tell_changed
from domain.trees.locks import Locking, expire_locks, lock, next_expiry, release_locks, unlock
from domain.trees.query import snapshot
from domain.trees.rows import head_of
from realtime.close_codes import CloseCode
from realtime.connection import Connection
from realtime.rtdb.matching import Watched
from realtime.rtdb.presence import RoomPresence
from realtime.rtdb.replicas import GapError, Tail, listen
from realtime.rtdb.shapes import Shape, Shapes, Subscription
from realtime.rtdb.writing import Submission, Waiting

T = TypeVar("T")
FAREWELL_S = 1.0
log = logging.getLogger(__name__)


class Room:
    """One database, as this process serves it."""

    def __init__(self, ports: Ports, file_id: UUID, replica_name: str) -> None:
        self.file_id = file_id
        self.presence = RoomPresence(ports.bus, file_id, replica_name)
        self._ports = ports
        self._connections: dict[str, Connection] = {}
        self._shapes = Shapes()
        self._tail = Tail(file_id, self._deliver)
        self._waiting = Waiting(ports, file_id, self._committed)
        self._is_behind = False
        self._has_news = asyncio.Event()
        self._expiry: datetime | None = None
        self._expiry_known = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_empty(self) -> bool:
        return not self._connections

    async def start(self) -> None:
        await self._tail.begin()
        self._tasks = [
            asyncio.create_task(self._run(), name=f"rtdb {self.file_id}"),
            asyncio.create_task(listen(self._ports, self.file_id, self.look), name=f"rtdb bus {self.file_id}"),
            asyncio.create_task(self._wake_others(), name=f"rtdb wake {self.file_id}"),
        ]

    async def stop(self) -> None:
        """After everything that waits is done."""
        async with AsyncExitStack() as ending:
            ending.push_async_callback(_end, self._tasks)
            ending.push_async_callback(self.presence.close)
            while len(self._waiting):
                await self._waiting.do(_nothing)
            self._waiting.close()
            if self._has_news.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(FAREWELL_S):
                        await tell_changed(self._ports, self.file_id)

    def enter(self, connection_id: str, connection: Connection) -> None:
        self._connections[connection_id] = connection

    def leave(self, connection_id: str) -> None:
        self._connections.pop(connection_id, None)

    def look(self) -> None:
        """There may be something new in the log."""
        self._is_behind = True
        self._waiting.arrived.set()

    def look_if_behind(self, last_change: int) -> None:
        if last_change > self._tail.position:
            self.look()

    def submit(self, submission: Submission) -> None:
        """A transaction; it is committed with all others that wait."""
        self._waiting.submit(submission)

    async def subscribe(
        self, watched: Watched, connection_id: str, say: Callable[[Subscription, list[bytes]], None]
    ) -> Subscription:
        """say: is given the subscription and its first events, before it is told of any change."""

        async def begin() -> Subscription:
            shape = self._shapes.of(watched)
            try:
                return await self._begin(shape, connection_id, say)
            finally:
                self._shapes.drop_if_empty(shape)

        return await self._waiting.do(begin)

    def unsubscribe(self, subscription: Subscription) -> None:
        subscription.shape.leave(subscription)
        self._shapes.drop_if_empty(subscription.shape)

    async def lock(self, author: Author, path: str, *, hard: bool) -> Locking:
        async def take() -> Locking:
            locking = await lock(self._ports, self.file_id, author, path, hard=hard)
            await self._told(locking.commit)
            return locking

        return await self._waiting.do(take)

    async def unlock(self, author: Author, path: str) -> None:
        await self._job(lambda: unlock(self._ports, self.file_id, author, path))

    async def release(self, connection_id: str) -> None:
        """Give back what a connection has locked."""
        await self._job(lambda: release_locks(self._ports, self.file_id, connection_id))

    async def create_index(self, path: str, field: str) -> None:
        await self._waiting.do(lambda: create_index(self._ports, self.file_id, path, field))

    async def expire(self) -> None:
        """Remove locks whose time is over, when there can be any."""
        if self._expiry_known and (self._expiry is None or self._expiry > self._ports.clock.now()):
            return

        async def look() -> Commit | None:
            commit = await expire_locks(self._ports, self.file_id)
            head = await head_of(self.file_id)
            self._expiry = await next_expiry(head.number) if head else None
            self._expiry_known = True
            return commit

        await self._job(look)

    async def _job(self, work: Callable[[], Awaitable[Commit | None]]) -> None:
        async def job() -> None:
            await self._told(await work())

        await self._waiting.do(job)

    async def _told(self, commit: Commit | None) -> None:
        await self._committed([] if commit is None else [commit])

    async def _begin(
        self, shape: Shape, connection_id: str, say: Callable[[Subscription, list[bytes]], None]
    ) -> Subscription:
        """Nothing is delivered while this runs: what is in the snapshot is not told again, what comes later is."""
        found = None
        if shape.groups is None:
            found = await snapshot(self.file_id, shape.watched.query())
            if shape.watched.aggregate is not None:
                shape.begin_groups(found)
        after = found.seq if found else max(self._tail.position, shape.groups_seq)
        subscription = shape.join(self._connections[connection_id], connection_id, after)
        say(subscription, shape.first_events(found))
        return subscription

    async def _run(self) -> None:
        while True:
            await self._waiting.arrived.wait()
            self._waiting.arrived.clear()
            while len(self._waiting) or self._is_behind:
                if self._is_behind:
                    await self._catch_up()
                if len(self._waiting):
                    await self._turn()

    async def _turn(self) -> None:
        try:
            await self._waiting.turn()
        except Exception:
            log.exception("a turn of a realtime database failed")
            self._begin_again("Something went wrong; connect again.")

    def _begin_again(self, reason: str) -> None:
        """Somebody here may have missed something."""
        for connection in tuple(self._connections.values()):
            connection.close(CloseCode.RECONNECT, reason)

    async def _committed(self, commits: list[Commit]) -> None:
        """Told here at once, in the order of numbers; others are woken."""
        if not commits:
            return
        if not self._tail.follow(commits):
            await self._catch_up()
        self._has_news.set()

    async def _wake_others(self) -> None:
        """Beside everything else: a bus that is away must not hold up commits."""
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            await tell_changed(self._ports, self.file_id)

    async def _catch_up(self) -> None:
        self._is_behind = False
        try:
            await self._tail.advance()
        except GapError:
            self._begin_again("Changes were missed; connect again.")
        except Exception:
            # The poll finds the room behind and asks for another try.
            log.exception("the log of a realtime database could not be read")

    def _deliver(self, commit: Commit) -> None:
        if any(change.action is Action.LOCK for change in commit.changes):
            self._expiry_known = False
        self._shapes.tell(commit)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _nothing() -> None:
    return
