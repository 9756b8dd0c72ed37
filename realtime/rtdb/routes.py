"""The door: /ws/rtdb/{file_id}."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from domain.access import Actor
from domain.files.activity import note_opened
from domain.models.file import FileKind
from domain.models.user import User
from realtime.entrance import Channel
from realtime.file_entrance import FileEntrance, enter_file
from realtime.house import House
from realtime.outbox import OutboxLimits
from realtime.rtdb.protocol import random_id
from realtime.rtdb.rooms import TreeRooms
from realtime.rtdb.session import Session

MIB = 1 << 20
RTDB = Channel(
    "rtdb", message_bytes=16 * MIB, frame_bytes=4 * MIB, outbox=OutboxLimits(messages=2048, size_bytes=16 * MIB)
)


class HouseWithTrees(House, Protocol):
    @property
    def trees(self) -> TreeRooms: ...


def routes() -> list[BaseRoute]:
    return [WebSocketRoute("/ws/rtdb/{file_id:path}", serve)]


async def serve(websocket: WebSocket) -> None:
    """One socket, from its upgrade to its end."""
    entrance = await enter_file(websocket, RTDB, websocket.path_params["file_id"], FileKind.TREE)
    if entrance is None:
        return
    house: HouseWithTrees = websocket.app.state.house
    async with _session(house, entrance) as session:
        await entrance.connection.run(session.receive)


@asynccontextmanager
async def _session(house: HouseWithTrees, entrance: FileEntrance) -> AsyncIterator[Session]:
    """In the room; on the way out everything it held is given back."""
    connection_id = random_id()
    owner = await _owner(entrance.actor, connection_id)
    await note_opened(house.ports, entrance.actor, entrance.file)
    room = await house.trees.enter(entrance.file.id, connection_id, entrance.connection)
    with_presence = entrance.query.get("presence") in ("1", "true")
    session = Session(entrance, room, connection_id, owner, with_presence=with_presence)
    try:
        if with_presence:
            await room.presence.watch(connection_id, entrance.connection)
        working = asyncio.create_task(session.run(), name=f"rtdb session {connection_id}")
        try:
            yield session
        finally:
            session.stop()
            await working
            await session.end()
    finally:
        house.trees.leave(room, connection_id)


async def _owner(actor: Actor, connection_id: str) -> str:
    """How others see whose lock it is."""
    if actor.id_tag is not None:
        return actor.id_tag
    user = None if actor.user_id is None else await User.get_or_none(id=actor.user_id)
    return f"anon:{connection_id}" if user is None else user.username
