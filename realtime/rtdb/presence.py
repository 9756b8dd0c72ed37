"""Who is present in a room, shown only to those who asked for it (?presence=1)."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import orjson

from domain.errors import TooLarge
from domain.limits import Rate
from domain.ports.bus import Bus
from realtime.connection import Connection
from realtime.presence import Change, ChangeKind, Roster
from realtime.rtdb.protocol import presence_frame

STATE_BYTES = 2048
MOST_MEMBERS = 100
PACE = Rate(20, 4.0)
"""20 at once, then 5 in a second."""


class RoomPresence:
    """The list begins when the first asks for it and ends with the room."""

    def __init__(self, bus: Bus, file_id: UUID, replica_name: str) -> None:
        self._roster = Roster(bus, f"presence:{file_id}", replica_name, on_change=self._tell)
        self._watching: dict[str, Connection] = {}
        self._stack = AsyncExitStack()
        self._is_open = False

    async def watch(self, connection_id: str, connection: Connection) -> None:
        """Tell a connection who is there, and then of every change but its own."""
        if not self._is_open:
            self._is_open = True
            await self._stack.enter_async_context(self._roster)
        users = [{"connId": member, "state": state} for member, state in self._roster.members().items()]
        self._watching[connection_id] = connection
        connection.post(presence_frame({"action": "sync", "connId": connection_id, "users": users}))

    def show(self, connection_id: str, state: dict[str, Any] | None) -> None:
        """None: no longer present. TooLarge: the state has more than 2,048 bytes, or 100 are present already."""
        if state is None:
            self._roster.leave(connection_id)
            return
        if len(orjson.dumps(state)) > STATE_BYTES:
            raise TooLarge(f"A presence state has at most {STATE_BYTES} bytes.", limit=STATE_BYTES)
        members = self._roster.members()
        if connection_id not in members and len(members) >= MOST_MEMBERS:
            raise TooLarge(f"At most {MOST_MEMBERS} can be present.", limit=MOST_MEMBERS)
        self._roster.join(connection_id, state)

    def leave(self, connection_id: str) -> None:
        self._watching.pop(connection_id, None)
        self._roster.leave(connection_id)

    async def close(self) -> None:
        await self._stack.aclose()

    def _tell(self, change: Change) -> None:
        event: dict[str, Any] = {"action": change.kind, "connId": change.member_id}
        if change.kind is not ChangeKind.LEAVE:
            event["state"] = change.info
        frame = presence_frame(event)
        for connection_id, connection in tuple(self._watching.items()):
            if connection_id != change.member_id:
                connection.post(frame)
