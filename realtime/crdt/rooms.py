"""The documents that are open on this replica."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import structlog

from domain.documents.append import LogWriter
from domain.documents.compact import compact
from domain.documents.log import last_seqs
from domain.errors import DomainError, Unavailable
from domain.models.faults import DATABASE_FAULTS
from domain.ports import Ports
from realtime.crdt.activity import Activity
from realtime.crdt.member import Member
from realtime.crdt.replicas import Replicas
from realtime.crdt.room import Room

GRACE_S = 2.0
"""For how long a room that everybody has left is kept."""
COMPARE_EVERY_S = 1.0
SIGN_OF_LIFE_S = 15.0
"""y-websocket closes a socket on which it has heard nothing for 30 s."""
FOLD_ROWS = 2000
"""Rows of the log after which a document is folded while it is open."""
CLOSE_S = 5.0
"""For how long an orderly end waits for rooms that cannot write."""
log = structlog.get_logger(__name__)


class DocumentRooms:
    """One per process. run() must be running; close() when the last client has left."""

    def __init__(self, ports: Ports, name: str, *, grace_s: float = GRACE_S) -> None:
        """name: of this process, for leases."""
        self.activity = Activity(ports)
        self._ports = ports
        self._name = name
        self._grace_s = grace_s
        self._log = LogWriter()
        self._replicas = Replicas(ports)
        self._rooms: dict[UUID, Room] = {}
        self._folding: set[UUID] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._context: contextvars.Context | None = None

    def __len__(self) -> int:
        return len(self._rooms)

    @property
    def is_busy(self) -> bool:
        """Whether a room is open, or still being folded."""
        return bool(self._tasks)

    async def run(self) -> None:
        """Write, tell, compare and clean up until cancelled."""
        # Tasks of rooms must not see the request that happened to open them.
        self._context = contextvars.copy_context()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._log.run())
                tasks.create_task(self._replicas.run())
                tasks.create_task(self.activity.run())
                tasks.create_task(self._look_after())
        finally:
            self._context = None

    def enter(self, file_id: UUID, member: Member) -> Room:
        """The room of a document, opened if need be, with the member in it. It is opened once, however many come at the
        same time. Unavailable: this replica stops, or has not started."""
        room = self._rooms.get(file_id)
        if room is None or room.is_over:
            room = Room(file_id, self._log, self._replicas, self._ports.limits.max_document_bytes)
            self._start(self._keep, room)
            self._rooms[file_id] = room
        room.join(member)
        return room

    def leave(self, room: Room, member: Member) -> None:
        """Its clients are told; an empty room ends a little later."""
        room.company.leave(member)
        if not room.company.members and not room.is_over:
            asyncio.get_running_loop().call_later(self._grace_s, self._end_if_empty, room)

    async def close(self) -> None:
        """Let every room take what it was offered, and write down who was here."""
        for room in self._rooms.values():
            room.end()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=CLOSE_S)
            for task in late:
                task.cancel()
        await self.activity.flush()

    async def _keep(self, room: Room) -> None:
        try:
            await room.run()
        finally:
            if self._rooms.get(room.file_id) is room:
                del self._rooms[room.file_id]
        await self._fold(room)

    def _end_if_empty(self, room: Room) -> None:
        if not room.company.members and not room.is_over:
            if self._rooms.get(room.file_id) is room:
                del self._rooms[room.file_id]
            room.end()

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(COMPARE_EVERY_S)
            self._look_at_each()
            await self._compare()

    def _look_at_each(self) -> None:
        """By itself, so that no variable of a task that never ends keeps a room that is over."""
        for room in tuple(self._rooms.values()):
            room.company.look_after(SIGN_OF_LIFE_S)
            if room.log_rows >= FOLD_ROWS and room.file_id not in self._folding:
                self._start(self._fold, room)

    async def _compare(self) -> None:
        """Whatever the bus may have lost: the log knows."""
        if not self._rooms:
            return
        try:
            last = await last_seqs(self._rooms)
        except DATABASE_FAULTS as fault:
            log.warning("open documents cannot be compared with their logs", reason=type(fault).__name__)
            return
        for file_id, room in tuple(self._rooms.items()):
            if last.get(file_id, 0) > room.seq:
                room.look_in_log()

    async def _fold(self, room: Room) -> None:
        self._folding.add(room.file_id)
        try:
            if await compact(self._ports, room.file_id, self._name):
                room.log_rows = 0
        except (DomainError, *DATABASE_FAULTS) as fault:
            log.warning("a document could not be folded", file_id=str(room.file_id), reason=type(fault).__name__)
        finally:
            self._folding.discard(room.file_id)

    def _start(self, work: Callable[[Room], Coroutine[Any, Any, None]], room: Room) -> None:
        if self._context is None:
            raise Unavailable("This server is starting or stopping.")
        task = asyncio.create_task(work(room), context=self._context.copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
