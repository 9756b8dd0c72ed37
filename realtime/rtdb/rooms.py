"""All rooms of one process: opened by the first who comes, closed by the last who goes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID

import structlog

from domain.errors import DomainError
from domain.models.faults import DATABASE_FAULTS
from domain.ports import Ports
from realtime.connection import Connection
from realtime.rtdb.replicas import last_changes
from realtime.rtdb.room import Room

LOOK_EVERY_S = 1.0
LEAVE_S = 2.0
log = structlog.get_logger(__name__)


class TreeRooms:
    """All rooms of one process. run() must be running for what other replicas do to be heard when the bus is away, and
    for locks to end."""

    def __init__(self, ports: Ports, replica_name: str) -> None:
        self._ports = ports
        self._replica_name = replica_name
        self._rooms: dict[UUID, Room] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._left = asyncio.Event()

    def __len__(self) -> int:
        return len(self._rooms)

    async def run(self) -> None:
        """Look after all rooms about once a second, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look_after()
            except (DomainError, *DATABASE_FAULTS) as fault:
                log.warning("realtime databases cannot be looked after", reason=type(fault).__name__)

    async def look_after(self) -> None:
        """Once."""
        rooms = dict(self._rooms)
        if not rooms:
            return
        for file_id, last_change in (await last_changes(rooms)).items():
            rooms[file_id].look_if_behind(last_change)
        for room in rooms.values():
            await room.expire()

    async def enter(self, file_id: UUID, connection_id: str, connection: Connection) -> Room:
        """The room, opened for the first who comes."""
        room = self._rooms.get(file_id)
        if room is None:
            room = Room(self._ports, file_id, self._replica_name)
            await room.start()
            # Somebody else may have been quicker while the log's end was read.
            other = self._rooms.setdefault(file_id, room)
            if other is not room:
                self._end_soon(room)
            room = other
        room.enter(connection_id, connection)
        return room

    def leave(self, room: Room, connection_id: str) -> None:
        """The last one closes the room, as soon as everything is written."""
        room.leave(connection_id)
        if room.is_empty and self._rooms.get(room.file_id) is room:
            del self._rooms[room.file_id]
            self._left.set()
            self._end_soon(room)

    async def close(self) -> None:
        """After the sockets are gone: wait until they have left their rooms, and for what is still written."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                while self._rooms:
                    self._left.clear()
                    await self._left.wait()
        for room in tuple(self._rooms.values()):
            self._end_soon(room)
        self._rooms.clear()
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)

    def _end_soon(self, room: Room) -> None:
        task = asyncio.create_task(room.stop(), name=f"rtdb end {room.file_id}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
