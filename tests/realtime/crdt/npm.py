"""Real clients: npm's yjs and y-websocket in a Node process, told what to do by lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

PATIENCE_S = 20.0


class NpmClients:
    """told: everything each client has said, in order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.told: dict[str, list[dict[str, Any]]] = {}
        self._process = process
        self._moved = asyncio.Event()

    def do(self, what: str, name: str, **values: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, "name": name, **values}).encode() + b"\n")

    async def until(self, name: str, check: Callable[[dict[str, Any]], bool], after: int = 0) -> dict[str, Any]:
        """The first thing that client says (from the place `after` on) that fits."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for one in self.told.get(name, [])[after:]:
                    if check(one):
                        return one
                self._moved.clear()
                try:
                    await self._moved.wait()
                except asyncio.CancelledError:
                    print("TOLD", self.told)
                    raise

    async def synced(self, name: str) -> None:
        await self.until(name, lambda one: one.get("synced") is True)

    async def sees(self, name: str, text: str) -> None:
        """Its text is that, now or soon."""
        async with asyncio.timeout(PATIENCE_S):
            while self.text(name) != text:
                self._moved.clear()
                await self._moved.wait()

    def text(self, name: str) -> str:
        return next((one["text"] for one in reversed(self.told.get(name, [])) if "text" in one), "")

    async def read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            one = json.loads(line)
            self.told.setdefault(one.pop("name"), []).append(one)
            self._moved.set()


@asynccontextmanager
async def npm_clients(node: str, node_modules: Path) -> AsyncIterator[NpmClients]:
    process = await asyncio.create_subprocess_exec(
        node,
        str(node_modules.parent / "yjs.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    clients = NpmClients(process)
    reading = asyncio.create_task(clients.read())
    try:
        yield clients
    finally:
        reading.cancel()
        process.kill()
        await process.wait()
