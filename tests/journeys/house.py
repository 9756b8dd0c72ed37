"""Gatehouse as its users run it: `gatehouse serve` in a process of its own, spoken to through its doors only."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil

from tests.gateway.graphql.wire import Wire, wired

START_PATIENCE_S = 40.0


def free_port() -> int:
    """A TCP port that nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess:
    """One `gatehouse serve`. skyport, graphql: the keys it printed at its first start."""

    def __init__(self, folder: Path, port: int, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._environment = {**_clean_environment(), **environment}
        self._process: asyncio.subprocess.Process | None = None
        self.printed = ""
        self.keys: dict[str, str] = {}

    async def start(self) -> None:
        """Start it and wait until it says that it serves."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command("serve", "--port", str(self.port)),
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        await asyncio.wait_for(self._until_it_serves(), START_PATIENCE_S)
        self.keys.update(re.findall(r"^  (\w+)  +(\S+)$", self.printed, re.MULTILINE))

    async def run(self, *arguments: str) -> str:
        """Another `gatehouse` command on the same data; what it printed."""
        process = await asyncio.create_subprocess_exec(
            *self._command(*arguments), env=self._environment, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await asyncio.wait_for(process.communicate(), START_PATIENCE_S)
        assert process.returncode == 0, printed.decode()
        return printed.decode()

    async def kill(self) -> None:
        """SIGKILL: it gets no chance to tidy up."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM; its exit code."""
        return await self._end(signal.SIGTERM)

    def skyport(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, headers={"x-api-key": self.keys["skyport"]}, timeout=30)

    async def graphql(self, query: str, **variables: Any) -> Any:
        """The data of a request that must not have errors."""
        async with httpx2.AsyncClient(timeout=30) as client:
            reply = await client.post(
                f"{self.url}/graphql",
                json={"query": query, "variables": variables},
                headers={"Authorization": f"Bearer {self.keys['graphql']}"},
            )
        answer = reply.json()
        assert "errors" not in answer, answer
        return answer["data"]

    @asynccontextmanager
    async def wire(self) -> AsyncIterator[Wire]:
        """A GraphQL socket."""
        async with wired(f"ws://127.0.0.1:{self.port}/graphql", self.keys["graphql"]) as wire:
            yield wire

    def _command(self, *arguments: str) -> list[str]:
        return [str(Path(sys.executable).with_name("gatehouse")), *arguments]

    async def _until_it_serves(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self.printed = ""
        async for line in self._process.stdout:
            self.printed += line.decode()
            if line.startswith(b"Gatehouse ") and b" serves http" in line:
                self._drain = asyncio.create_task(self._keep(self._process.stdout))
                return
        raise AssertionError("gatehouse ended:\n" + self.printed)

    async def _keep(self, output: asyncio.StreamReader) -> None:
        async for line in output:
            self.printed += line.decode()

    async def _end(self, how: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await asyncio.wait_for(self._process.wait(), START_PATIENCE_S)


@asynccontextmanager
async def server(folder: Path, **settings: str) -> AsyncIterator[ServerProcess]:
    """A running server on its own folder. settings: GATEHOUSE_* by their names without the prefix."""
    environment = {f"GATEHOUSE_{name.upper()}": value for name, value in settings.items()}
    house = ServerProcess(folder, free_port(), {"GATEHOUSE_DATA_DIR": str(folder), **environment})
    await house.start()
    try:
        yield house
    finally:
        await house.stop()
        print(house.printed)  # pytest shows it when the test failed
        _end_instances_in(folder)


async def until(true: Callable[[], Awaitable[bool]], within_s: float = 20.0) -> float:
    """Ask again and again, as a client that polls does; how many seconds it took."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.timeout(within_s):
        while not await true():  # noqa: ASYNC110  what is asked lies in other processes
            await asyncio.sleep(0.05)
    return loop.time() - begun


def _end_instances_in(folder: Path) -> None:
    """Instances outlive their server by design; a test that failed leaves some."""
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder) in word for word in process.info["cmdline"] or ()):
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("GATEHOUSE_", "DOCKER_"))}
