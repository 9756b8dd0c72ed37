"""The socket: /ws/crdt/{doc_id} (source: Cloudillo contract, sections 17 and 18)."""

from __future__ import annotations

from typing import Protocol

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from domain.access import Actor
from domain.errors import Unavailable
from domain.models.file import FileKind
from domain.models.user import User
from realtime.close_codes import CloseCode
from realtime.crdt.rooms import DocumentRooms
from realtime.crdt.session import Session
from realtime.entrance import MIB, Channel, turned_away
from realtime.file_entrance import FileEntrance, enter_file
from realtime.outbox import OutboxLimits

CHANNEL = Channel(
    name="crdt",
    message_bytes=16 * MIB,
    frame_bytes=4 * MIB,
    outbox=OutboxLimits(messages=4096, size_bytes=4 * MIB),
    ping_s=15.0,
    silent_s=40.0,
)


class DocumentHouse(Protocol):
    """What this channel needs beside what all need."""

    @property
    def documents(self) -> DocumentRooms: ...


def routes() -> list[BaseRoute]:
    return [WebSocketRoute("/ws/crdt/{doc_id:path}", document)]


async def document(websocket: WebSocket) -> None:
    """One client, from its coming to its going."""
    entrance = await enter_file(websocket, CHANNEL, websocket.path_params["doc_id"], FileKind.DOCUMENT)
    if entrance is None:
        return
    house: DocumentHouse = websocket.app.state.house
    await _edit(entrance, house.documents)


async def _edit(entrance: FileEntrance, documents: DocumentRooms) -> None:
    id_tag = await shown_tag(entrance.actor)
    try:
        session = Session(entrance, documents, id_tag)
    except Unavailable as error:
        entrance.connection.close(CloseCode.TOO_SLOW, error.message)
        await turned_away(entrance.connection)
        return
    try:
        await entrance.connection.run(session.receive)
    finally:
        session.leave()


async def shown_tag(actor: Actor) -> str | None:
    """How the others see who it is: the id tag, else the username; None for a guest."""
    if actor.id_tag is not None or actor.user_id is None:
        return actor.id_tag
    user = await User.get_or_none(id=actor.user_id).only("id", "username")
    return None if user is None else user.username
