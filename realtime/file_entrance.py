"""The way into a file's channel (source: Cloudillo contract, section 17): which file, how far, and for how long.

access=read|comment|write asks for a level, via=<file id> comes through a file that holds this one. A client that asked
for more than it has is told 4403 rather than let in with less.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from starlette.datastructures import QueryParams
from starlette.websockets import WebSocket

from domain.access import Actor
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.files.access import find_file, level_on
from domain.files.naming import is_companion_id, is_store_id
from domain.files.stores import open_store
from domain.models.file import AccessLevel, File, FileKind
from domain.ports import Ports
from domain.shares.via import level_via
from realtime.close_codes import CloseCode
from realtime.connection import Connection
from realtime.entrance import Channel, Entrance, enter, turned_away
from realtime.house import House
from realtime.rights import Judge, Level

ID_LENGTH = 80
ASKED = {"read": AccessLevel.READ, "comment": AccessLevel.COMMENT, "write": AccessLevel.WRITE}
INVALID_ID = "Invalid store ID"
NO_FILE = "File not found"
MISMATCH = "Store type mismatch"
DENIED = "Access denied"
WRITE_DENIED = "Write access denied"


class _Refused(Exception):
    """The socket is to be closed."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True, eq=False)
class FileEntrance:
    """One who has a file open. level: right now, never above what was asked for; read it, do not keep it: it follows
    every change of rights. When nothing is left (or less than access= asked for) the socket closes by itself.

    tenant_id: where the socket came in; the file may be another tenant's. on_level: told after a change, if the channel
    wants to know.
    """

    connection: Connection
    actor: Actor
    tenant_id: UUID | None
    house: House
    file: File
    level: AccessLevel
    query: QueryParams
    asked: AccessLevel | None
    on_level: Callable[[AccessLevel], None] | None = None

    @property
    def may_write(self) -> bool:
        return self.level >= AccessLevel.WRITE

    def follow(self, level: Level) -> None:
        """Rights have changed; None: the file is gone."""
        if level is None:
            self.level = AccessLevel.NONE
            self.connection.close(CloseCode.NOT_FOUND, NO_FILE)
            return
        self.level = _capped(level, self.asked)
        try:
            _require(level, self.asked)
        except _Refused as refusal:
            self.connection.close(refusal.code, refusal.reason)
        else:
            if self.on_level is not None:
                self.on_level(self.level)


async def enter_file(websocket: WebSocket, channel: Channel, reference: str, kind: FileKind) -> FileEntrance | None:
    """Let one in to a file of that kind; None: closed already, as the contract says (4400 4401 4403 4404 4409).

    reference: a public id, a former temporary one, s~<app> or <file id>~meta, which are made when they are missing.
    """
    entrance = await enter(websocket, channel)
    if entrance is None:
        return None
    connection = entrance.connection
    try:
        entered = await _entered(websocket, entrance, reference, kind)
    except _Refused as refusal:
        connection.close(refusal.code, refusal.reason)
    if connection.close_code is not None:
        await turned_away(connection)
        return None
    return entered


async def _entered(websocket: WebSocket, entrance: Entrance, reference: str, kind: FileKind) -> FileEntrance:
    house, actor, query = entrance.house, entrance.actor, websocket.query_params
    file = await _file(house.ports, entrance, reference, kind)
    judge, within = _judge(house.ports, actor), _above(file) | _came_through(actor)
    if query.get("via"):
        container = await find_file(actor, query["via"], file.tenant_id)
        if container is None:
            raise _Refused(CloseCode.FORBIDDEN, DENIED)
        judge, within = _judge_via(house.ports, actor, container), within | _above(container) | {container.id}
    level = await judge(file)
    asked = ASKED.get(query.get("access", ""))
    _require(level, asked)
    entered = FileEntrance(
        entrance.connection, actor, entrance.tenant_id, house, file, _capped(level, asked), query, asked
    )
    watching = house.rights.watching(file.id, actor, entered.follow, known=level, judge=judge, within=within)
    watching.__enter__()
    entrance.connection.when_ended(lambda: watching.__exit__(None, None, None))
    return entered


async def _file(ports: Ports, entrance: Entrance, reference: str, kind: FileKind) -> File:
    if not 0 < len(reference) <= ID_LENGTH or not reference.isprintable() or "/" in reference:
        raise _Refused(CloseCode.BAD_REQUEST, INVALID_ID)
    if is_store_id(reference) or is_companion_id(reference):
        file = await _store(ports, entrance, reference, kind)
    else:
        file = await find_file(entrance.actor, reference, entrance.tenant_id)
    if file is None:
        raise _Refused(CloseCode.NOT_FOUND, NO_FILE)
    if file.kind is not kind:
        raise _Refused(CloseCode.CONFLICT, MISMATCH)
    return file


async def _store(ports: Ports, entrance: Entrance, reference: str, kind: FileKind) -> File | None:
    if entrance.tenant_id is None:
        return None
    try:
        return await open_store(ports, entrance.actor, entrance.tenant_id, reference, kind)
    except InvalidInput as error:
        raise _Refused(CloseCode.BAD_REQUEST, INVALID_ID) from error


def _require(level: AccessLevel, asked: AccessLevel | None) -> None:
    if level is AccessLevel.NONE:
        raise _Refused(CloseCode.FORBIDDEN, DENIED)
    if asked is not None and level < asked:
        raise _Refused(CloseCode.FORBIDDEN, WRITE_DENIED)


def _capped(level: AccessLevel, asked: AccessLevel | None) -> AccessLevel:
    return level if asked is None else min(level, asked)


def _above(file: File) -> frozenset[UUID]:
    return frozenset() if file.root_id is None else frozenset({file.root_id})


def _came_through(actor: Actor) -> frozenset[UUID]:
    """The file that a token was made by way of."""
    scope = actor.file_scope
    return frozenset() if scope is None or scope.via is None else frozenset({scope.via})


def _judge(ports: Ports, actor: Actor) -> Judge:
    async def judge(file: File) -> AccessLevel:
        return await level_on(ports, actor, file)

    return judge


def _judge_via(ports: Ports, actor: Actor, container: File) -> Judge:
    async def judge(file: File) -> AccessLevel:
        with suppress(NotFound, Forbidden):
            return await level_via(ports, actor, container, file)
        return AccessLevel.NONE

    return judge
