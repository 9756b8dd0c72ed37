"""The real application on a real socket, several at once if need be."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.server import listen, serve
from gateway.settings import Settings
from gateway.wiring import Drivers, House


def settings_for(folder: Path, **chosen: Any) -> Settings:
    """Settings of a test: its own folder, a node in memory, nothing from the environment's .env."""
    return Settings(**{"_env_file": None, "data_dir": folder, "runtime": "memory", "shutdown_grace_s": 5.0, **chosen})


async def until(check: Callable[[], Awaitable[bool]], within_s: float = 20.0) -> None:
    """Wait for something that cannot be waited for otherwise; TimeoutError when it does not come about."""
    async with asyncio.timeout(within_s):
        while True:
            if await check():
                return
            await asyncio.sleep(0.02)


@dataclass(frozen=True, slots=True)
class Served:
    """A running replica. client: talks to it, and to nothing else."""

    app: Starlette
    url: str
    port: int
    client: httpx2.AsyncClient
    said: list[str]

    @property
    def house(self) -> House:
        house: House = self.app.state.house
        return house

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    @property
    def keys(self) -> dict[str, str]:
        """The keys that the first start said, by door; empty when it was not the first."""
        lines = "".join(self.said).partition("by door:\n")[2].splitlines()
        return dict(line.split() for line in lines[: lines.index("")] if line) if lines else {}

    def stop(self) -> None:
        """Ask it to end, as a signal would."""
        self.app.state.server.should_exit = True


@asynccontextmanager
async def served(settings: Settings, drivers: Drivers | None = None) -> AsyncIterator[Served]:
    """Serve on a free port in a task of its own (so that its database is not the test's), until the block ends."""
    listener, ready, said = listen("127.0.0.1", 0, settings.sockets), asyncio.Event(), list[str]()
    port: int = listener.getsockname()[1]
    settings = settings.model_copy(update={"port": port})
    app = create_app(settings, drivers, say=said.append)
    serving = asyncio.create_task(_serve(app, settings, listener, ready), name=f"replica on {port}")
    try:
        await _until_ready(ready, serving)
        url = f"http://127.0.0.1:{port}"
        async with httpx2.AsyncClient(base_url=url, timeout=20) as client:
            yield Served(app, url, port, client, said)
    finally:
        if hasattr(app.state, "server"):
            app.state.server.should_exit = True
        await asyncio.gather(serving)


async def _serve(app: Starlette, settings: Settings, listener: socket.socket, ready: asyncio.Event) -> None:
    with listener:
        await serve(app, settings, listener, ready.set)


async def _until_ready(ready: asyncio.Event, serving: asyncio.Task[None]) -> None:
    waiting = asyncio.create_task(ready.wait())
    done, _ = await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if serving in done:
        serving.result()
