"""An attached terminal: what the main process prints, what is typed to it, and its size."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from domain.errors import Conflict, DomainError, Unavailable
from domain.ports.runtime import RuntimeState
from drivers.runtime.docker.containers import Containers
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.exchange import Exchange
from drivers.runtime.docker.execution import UPGRADE
from drivers.runtime.docker.observe import state_of

MAX_BEHIND_BYTES = 1 << 20
"""An attached client that does not read makes the engine hold up the instance, so it is cut off instead."""

_DETACH_KEYS = "ctrl-^,ctrl-_,ctrl-^,ctrl-],ctrl-^,ctrl-_"
"""The engine's default, ctrl-p ctrl-q, would swallow keys that shells use; it cannot be turned off."""


@asynccontextmanager
async def attach(
    engine: Engine, containers: Containers, instance_id: UUID, columns: int, rows: int
) -> AsyncIterator[DockerConsole]:
    """Attach to a running instance. Conflict: it does not run."""
    container = await containers.get(instance_id)
    if state_of(container) is not RuntimeState.RUNNING:
        raise Conflict("The instance is not running.")
    query = {"stream": "1", "stdin": "1", "stdout": "1", "stderr": "1", "detachKeys": _DETACH_KEYS}
    path = f"/containers/{container['Id']}/attach"
    async with engine.exchange("POST", path, query, headers=UPGRADE) as exchange:
        console = DockerConsole(engine, exchange, container["Id"])
        try:
            await console.resize(columns, rows)
            yield console
        finally:
            await console.close()


class DockerConsole:
    """Always reads, so that the instance never waits for who watches it."""

    def __init__(self, engine: Engine, exchange: Exchange, runtime_id: str) -> None:
        self._engine = engine
        self._exchange = exchange
        self._runtime_id = runtime_id
        self._pieces: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._news = asyncio.Event()
        self._fault: DomainError | None = None
        self._reading = asyncio.create_task(self._read())
        self._reading.add_done_callback(lambda _: self._news.set())

    def __aiter__(self) -> DockerConsole:
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self._reading.done():
                if self._fault is not None:
                    raise self._fault
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        piece = self._pieces.popleft()
        self._waiting_bytes -= len(piece)
        return piece

    async def _read(self) -> None:
        try:
            async for piece in self._exchange:
                self._pieces.append(piece)
                self._waiting_bytes += len(piece)
                self._news.set()
                if self._waiting_bytes > MAX_BEHIND_BYTES:
                    raise Unavailable("The console was not read fast enough and was closed.")
        except DomainError as fault:
            self._fault = fault
        finally:
            self._exchange.close()

    async def write(self, data: bytes) -> None:
        """Type. Conflict: the instance has stopped."""
        if self._reading.done():
            raise Conflict("The instance is not running.")
        await self._exchange.write(data)

    async def resize(self, columns: int, rows: int) -> None:
        """Tell the terminal its size in characters."""
        await self._engine.change(lambda sdk: sdk.resize(self._runtime_id, height=rows, width=columns))

    async def close(self) -> None:
        """Let go; the instance runs on."""
        self._exchange.close()
        await asyncio.wait([self._reading])
