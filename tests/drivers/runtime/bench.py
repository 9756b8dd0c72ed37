"""What the contract suite needs of each driver beside the port: an engine, a small obedient instance, a hand outside.

The instance is a parrot: it prints "ready", then does what it is told: say TEXT, exit CODE, eat BYTES (of memory).
With DEAF=1 in its environment it does not hear SIGTERM.
"""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import docker

from domain.limits import MIB
from domain.ports.clock import SystemClock
from domain.ports.runtime import NodeEngine, Runtime, RuntimeSpec
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.names import OWNER, container_name
from drivers.runtime.memory import MemoryEngine, MemoryRuntime
from drivers.runtime.memory.engine import GREETING
from drivers.runtime.process import ProcessRuntime
from drivers.runtime.process.supervise.record import read_record

PARROT = """
cd "$0"
rm -f say
if [ -n "$DEAF" ]; then trap '' TERM; else trap 'exit 0' TERM; fi
echo ready
while :; do
  if { read -r turn verb words < say; } 2>/dev/null && [ "$turn" != "$last" ]; then
    last=$turn
    case $verb in
      say) echo "$words" ;;
      exit) exit "$words" ;;
      eat) eaten=$(head -c "$words" /dev/zero | tr '\\0' x) ;;
    esac
  fi
  sleep 0.02
done
"""
MISSING_IMAGE = "missing/image:1"


class Bench(Protocol):
    """One driver on one engine. port_host: where its ports are."""

    def make_runtime(self) -> Runtime:
        """A new driver object over the same engine."""

    def make_spec(self, **changes: Any) -> RuntimeSpec:
        """A parrot."""

    async def tell(self, runtime: Runtime, instance_id: UUID, words: str) -> None:
        """Have the parrot do something; it may take a moment."""

    async def kill_from_outside(self, instance_id: UUID) -> None:
        """SIGKILL, past the driver."""

    @contextmanager
    def taken_port(self) -> Iterator[int]:
        """A port that somebody else listens on inside the block."""

    async def close(self) -> None:
        """Leave nothing behind."""


class MemoryBench:
    def __init__(self) -> None:
        self._state = MemoryEngine()
        self._engine = NodeEngine(uuid4(), "memory")
        self._hand = self.make_runtime()

    def make_runtime(self) -> MemoryRuntime:
        return MemoryRuntime(self._engine, SystemClock(), state=self._state)

    def make_spec(self, **changes: Any) -> RuntimeSpec:
        return replace(_spec("parrot", labels={GREETING: "ready"}), **changes)

    async def tell(self, runtime: Runtime, instance_id: UUID, words: str) -> None:
        match words.split(" ", 1):
            case ["say", text]:
                self._hand.print_line(instance_id, text)
            case ["exit", code]:
                self._hand.exit_by_itself(instance_id, int(code))
            case ["eat", _]:
                self._hand.run_out_of_memory(instance_id)

    async def kill_from_outside(self, instance_id: UUID) -> None:
        self._hand.kill_from_outside(instance_id)

    @contextmanager
    def taken_port(self) -> Iterator[int]:
        self._state.foreign_ports.add((4000, "tcp"))
        yield 4000
        self._state.foreign_ports.clear()

    async def close(self) -> None:
        assert not +self._state.open, "upstreams were left open"


class _RealBench:
    async def tell(self, runtime: Runtime, instance_id: UUID, words: str) -> None:
        turn = uuid4().hex
        await runtime.write_archive(instance_id, "/data", pieces(tar({"say": f"{turn} {words}\n".encode()})))

    @contextmanager
    def taken_port(self) -> Iterator[int]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server.getsockname()[1]


class ProcessBench(_RealBench):
    def __init__(self, root: Path, *, sandbox: bool) -> None:
        self.root = root
        self._sandbox = sandbox
        self._engine = NodeEngine(uuid4(), "process")

    def make_runtime(self) -> ProcessRuntime:
        return ProcessRuntime(self._engine, root=self.root, sandbox=self._sandbox)

    def make_spec(self, **changes: Any) -> RuntimeSpec:
        return replace(_spec("parrot", command=("sh", "-c", PARROT, ".")), **changes)

    async def kill_from_outside(self, instance_id: UUID) -> None:
        record = read_record(str(self.root / str(instance_id) / "run"))
        assert record is not None
        os.kill(record["main_pid"], signal.SIGKILL)

    async def close(self) -> None:
        runtime = self.make_runtime()
        for observed in await runtime.list_instances():
            await runtime.destroy(observed.instance_id)
        await runtime.close()


class DockerBench(_RealBench):
    def __init__(self, address: str, image: str) -> None:
        self._engine = NodeEngine(uuid4(), "docker", address)
        self._image = image
        self._owner = f"test-{uuid4()}"
        self._sdk = docker.APIClient(base_url=address)

    def make_runtime(self) -> DockerRuntime:
        return DockerRuntime(self._engine, owner=self._owner)

    def make_spec(self, **changes: Any) -> RuntimeSpec:
        return replace(_spec(self._image, command=("sh", "-c", PARROT, "/data")), **changes)

    async def kill_from_outside(self, instance_id: UUID) -> None:
        await asyncio.to_thread(self._sdk.kill, container_name(instance_id))

    async def close(self) -> None:
        runtime = self.make_runtime()
        for observed in await runtime.list_instances():
            await runtime.destroy(observed.instance_id)
        await runtime.close()
        await asyncio.to_thread(self._remove_images)

    def _remove_images(self) -> None:
        for image in self._sdk.images(filters={"label": f"{OWNER}={self._owner}"}):
            self._sdk.remove_image(image["Id"], force=True)
        self._sdk.close()


def _spec(image: str, **values: Any) -> RuntimeSpec:
    return RuntimeSpec(uuid4(), "parrot", image, memory_bytes=32 * MIB, cpu_millis=500, **values)


def tar(files: dict[str, bytes]) -> bytes:
    """An archive of plain files."""
    return tar_of_members([_file(name, data) for name, data in files.items()])


def tar_of_members(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """An archive of whatever members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member, data in members:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    """A member that is a link."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member, b""


def _file(name: str, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.mode = 0o644
    return member, data


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """Bytes as they come from a network: in pieces."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def files_at(runtime: Runtime, instance_id: UUID, path: str) -> dict[str, bytes]:
    """Name in the archive → content, of every plain file under a path inside."""
    async with runtime.read_archive(instance_id, path) as chunks:
        data = b"".join([chunk async for chunk in chunks])
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
        return {name: file.read() for name, file in found.items() if file is not None}


async def put(runtime: Runtime, instance_id: UUID, files: dict[str, bytes], path: str = "/data") -> None:
    """Lay files below a folder inside."""
    await runtime.write_archive(instance_id, path, pieces(tar(files)))
