"""A door to the real engine that a test can shut, slow down, or put TLS in front of."""

from __future__ import annotations

import asyncio
import ssl
from types import TracebackType
from typing import Self
from uuid import uuid4

from domain.ports.runtime import NodeEngine


class Middleman:
    """Listens on a TCP port of this machine and passes everything on to a unix socket. used: connections so far."""

    def __init__(self, engine_address: str, tls: ssl.SSLContext | None = None) -> None:
        self.used = 0
        self._engine_path = engine_address.removeprefix("unix://")
        self._tls = tls
        self._open: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()
        self._may_pass = asyncio.Event()
        self._may_pass.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.vanish()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    @property
    def node(self) -> NodeEngine:
        return NodeEngine(uuid4(), "docker", f"tcp://127.0.0.1:{self.port}")

    def vanish(self) -> None:
        """Cut every connection and refuse new ones."""
        self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def return_(self) -> None:
        """Be there again, at the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls)

    def hold(self) -> None:
        """Take requests and pass nothing on, as a machine that hangs."""
        self._may_pass.clear()

    def release(self) -> None:
        """Pass on again."""
        self._may_pass.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.used += 1
        engine_reader, engine_writer = await asyncio.open_unix_connection(self._engine_path)
        self._open |= {writer, engine_writer}
        for source, target in ((reader, engine_writer), (engine_reader, writer)):
            self._passing.add(asyncio.create_task(self._pass_on(source, target)))

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while piece := await source.read(1 << 16):
                await self._may_pass.wait()
                target.write(piece)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()
