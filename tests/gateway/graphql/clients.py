"""Programs in tests/clients, run by Node beside the test's own event loop."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.engines.programs import CLIENTS

PATIENCE_S = 60.0


class Program:
    """A running program that prints one JSON value per line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> Any:
        """The next value; the test fails with what the program complained of when it ended instead."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            text = await self._process.stdout.readline()
        if not text:
            assert self._process.stderr is not None
            raise AssertionError((await self._process.stderr.read()).decode()[-2000:] or "the program ended")
        return json.loads(text)

    async def tell(self, text: str) -> None:
        """A line on its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode())
        await self._process.stdin.drain()

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


async def start(node: str, script: str, *arguments: str) -> Program:
    """node: its path, from the fixture; script: a file of tests/clients."""
    process = await asyncio.create_subprocess_exec(
        node,
        str(Path(CLIENTS) / script),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 22,
    )
    return Program(process)
