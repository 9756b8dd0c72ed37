"""Our connection layer under uvicorn's protocols on real sockets, without the house: starts in milliseconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from gateway.server import listen
from gateway.websocket_protocol import WireProtocol
from realtime.connection import Connection, ConnectionLimits
from realtime.frames import Frame
from realtime.settings import SocketSettings


@dataclass(slots=True)
class Plain:
    """It says back what it hears. inside: who is connected, in the order they came. heard: all that anybody said."""

    port: int
    limits: ConnectionLimits
    inside: list[Connection] = field(default_factory=list)
    heard: list[Frame] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    echoes: bool = True

    async def has(self, count: int) -> list[Connection]:
        """Wait until so many are connected."""
        async with asyncio.timeout(20):
            while len(self.inside) != count:
                self.changed.clear()
                await self.changed.wait()
        return self.inside

    async def handle(self, websocket: WebSocket) -> None:
        await websocket.accept()
        connection = Connection(websocket, self.limits, channel="plain")

        def receive(frame: Frame) -> None:
            self.heard.append(frame)
            if frame == "fail":
                raise RuntimeError("as asked")
            if self.echoes:
                connection.post(frame)

        self.inside.append(connection)
        self.changed.set()
        try:
            await connection.run(receive)
        finally:
            self.inside.remove(connection)
            self.changed.set()


@asynccontextmanager
async def plain(
    limits: ConnectionLimits, *, protocol: Any = WireProtocol, compression: bool = False
) -> AsyncIterator[Plain]:
    """protocol: uvicorn's ws, to compare with a server that offers no wire."""
    with listen("127.0.0.1", 0, SocketSettings(send_buffer_bytes=8192)) as listener:
        hall = Plain(listener.getsockname()[1], limits)
        app = Starlette(routes=[WebSocketRoute("/", hall.handle)])
        config = uvicorn.Config(
            app,
            ws=protocol,
            ws_per_message_deflate=compression,
            ws_ping_interval=None,
            lifespan="off",
            log_config=None,
            access_log=False,
        )
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: HttpToolsProtocol(config=config, server_state=state, app_state={}), sock=listener
        )
        looking = asyncio.create_task(_look_after(hall))
        try:
            yield hall
        finally:
            looking.cancel()
            server.close()
            for connection in tuple(state.connections):
                connection.shutdown()
            await asyncio.gather(*state.tasks)


async def _look_after(hall: Plain) -> None:
    """What realtime/sockets.py does, more often."""
    while True:
        await asyncio.sleep(0.05)
        now = asyncio.get_running_loop().time()
        for connection in tuple(hall.inside):
            connection.look_after(now)
