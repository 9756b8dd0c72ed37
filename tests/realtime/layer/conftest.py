"""A channel that says back what it hears, in the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from domain.access import Actor
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.models import ApiKey, Tenant, User
from domain.models.file import FileKind
from domain.ports import Ports
from gateway.database import entered
from realtime.connection import Connection
from realtime.entrance import Channel, enter
from realtime.file_entrance import FileEntrance, enter_file
from realtime.frames import Frame
from realtime.outbox import OutboxLimits
from tests.domain.people import SYSTEM, a_user, acting, tenant_of
from tests.gateway.served import Served, served, settings_for

KIB = 1024
ECHO = Channel("echo", message_bytes=64 * KIB, frame_bytes=32 * KIB, outbox=OutboxLimits(64, 256 * KIB))
MEMBERS = Channel("members", sign_in=True)
DOCUMENTS = Channel("documents")


@dataclass(frozen=True, slots=True)
class Person:
    """token: of the key."""

    user: User
    tenant: Tenant
    actor: Actor
    key: ApiKey
    token: str


@dataclass(slots=True)
class Hall:
    """A replica with channels of the tests. inside: whoever is connected, in the order they came."""

    replica: Served
    inside: list[Connection] = field(default_factory=list)
    files: list[FileEntrance] = field(default_factory=list)
    anna: Person = field(init=False)
    bert: Person = field(init=False)

    @property
    def port(self) -> int:
        return self.replica.port

    @contextmanager
    def within(self) -> Iterator[Ports]:
        """Use the replica's database in the test."""
        with entered(self.replica.house.database):
            yield self.replica.house.ports

    def echo(self, channel: Channel) -> Callable[[WebSocket], Awaitable[None]]:
        async def handler(websocket: WebSocket) -> None:
            entrance = await enter(websocket, channel)
            if entrance is not None:
                await self._stay(entrance.connection)

        return handler

    async def file(self, websocket: WebSocket) -> None:
        kind = FileKind(websocket.path_params["kind"])
        entrance = await enter_file(websocket, DOCUMENTS, websocket.path_params["file_id"], kind)
        if entrance is not None:
            self.files.append(entrance)
            await self._stay(entrance.connection)

    async def _stay(self, connection: Connection) -> None:
        def receive(frame: Frame) -> None:
            if frame == "fail":
                raise RuntimeError("as asked")
            connection.post(frame)

        self.inside.append(connection)
        try:
            await connection.run(receive)
        finally:
            self.inside.remove(connection)


async def broken(websocket: WebSocket) -> None:
    assert await enter(websocket, MEMBERS) is not None
    raise RuntimeError("as asked")


Open: TypeAlias = Callable[..., Awaitable[Hall]]


@pytest.fixture
async def open_hall(tmp_path: Path, sqlite_database_url: str) -> AsyncIterator[Open]:
    """Opens a hall with the given settings."""
    async with AsyncExitStack() as stack:

        async def open_it(**chosen: Any) -> Hall:
            settings = settings_for(tmp_path, database_url=sqlite_database_url, seed=False, worker=False, **chosen)
            hall = Hall(await stack.enter_async_context(served(settings)))
            hall.replica.app.router.routes[:0] = [
                WebSocketRoute("/test/echo", hall.echo(ECHO)),
                WebSocketRoute("/test/members", hall.echo(MEMBERS)),
                WebSocketRoute("/test/broken", broken),
                WebSocketRoute("/test/files/{kind}/{file_id:path}", hall.file),
            ]
            with entered(hall.replica.house.database):
                hall.anna = await _person(hall, "anna")
                hall.bert = await _person(hall, "bert")
            return hall

        yield open_it


@pytest.fixture
async def hall(open_hall: Open) -> Hall:
    return await open_hall()


async def _person(hall: Hall, name: str) -> Person:
    ports = hall.replica.house.ports
    user = await a_user(ports, name)
    key, text = await create_api_key(ports, SYSTEM, KeySpec(door="cloudillo", user_id=user.id))
    return Person(user, await tenant_of(user), await acting(user), key, text)
