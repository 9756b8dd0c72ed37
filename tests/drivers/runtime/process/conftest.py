"""ProcessRuntime with and without a sandbox, and instances that are gone after the test."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.limits import MIB
from domain.ports.runtime import NodeEngine, RuntimeSpec
from drivers.runtime.process import ProcessRuntime
from drivers.runtime.process.supervise import procfs
from drivers.runtime.process.supervise.record import RUN_MARK, read_record

ENGINE = NodeEngine(uuid4(), "process")
SHELL = ("sh", "-c")
RunScript = Callable[..., Awaitable[UUID]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "instances"


@asynccontextmanager
async def opened(runtime: ProcessRuntime) -> AsyncIterator[ProcessRuntime]:
    """Closed afterwards, its instances destroyed."""
    try:
        yield runtime
    finally:
        for observed in await runtime.list_instances():
            await runtime.destroy(observed.instance_id)
        await runtime.close()


@pytest.fixture
async def plain(root: Path) -> AsyncIterator[ProcessRuntime]:
    """Without a sandbox."""
    async with opened(ProcessRuntime(ENGINE, root=root, sandbox=False)) as runtime:
        yield runtime


@pytest.fixture
async def sandboxed(root: Path, bubblewrap: str) -> AsyncIterator[ProcessRuntime]:
    async with opened(ProcessRuntime(ENGINE, root=root, sandbox=True)) as runtime:
        yield runtime


@pytest.fixture(params=["plain", pytest.param("sandboxed", marks=pytest.mark.bubblewrap)])
async def runtime(request: pytest.FixtureRequest, root: Path) -> AsyncIterator[ProcessRuntime]:
    """Both, one after the other."""
    if request.param == "sandboxed":
        request.getfixturevalue("bubblewrap")
    async with opened(ProcessRuntime(ENGINE, root=root, sandbox=request.param == "sandboxed")) as made:
        yield made


def spec_of(script: str, **changes: Any) -> RuntimeSpec:
    """An instance that runs a shell script in its data folder."""
    spec = RuntimeSpec(uuid4(), "script", "script", memory_bytes=64 * MIB, cpu_millis=500, command=(*SHELL, script))
    return replace(spec, **changes)


async def run_script(runtime: ProcessRuntime, script: str, **changes: Any) -> UUID:
    """Create and start it."""
    spec = spec_of(script, **changes)
    await runtime.create(spec)
    await runtime.start(spec.instance_id)
    return spec.instance_id


async def printed(runtime: ProcessRuntime, instance_id: UUID) -> list[str]:
    """All that it prints until it ends by itself."""
    async with runtime.logs(instance_id, follow=True) as lines:
        return [line.text async for line in lines]


def record_of(root: Path, instance_id: UUID) -> dict[str, Any]:
    record = read_record(str(root / str(instance_id) / "run"))
    assert record is not None
    return record


def processes_of(record: dict[str, Any]) -> list[int]:
    """Everyone who carries the mark of a run."""
    mark = f"{RUN_MARK}={record['run_id']}".encode()
    return [pid for pid in procfs.all_pids() if procfs.carries(pid, mark)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def own_descriptors() -> set[str]:
    """What this process has open."""
    links = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            links.add(f"{name} {os.readlink(f'/proc/self/fd/{name}')}")
        except FileNotFoundError:
            continue
    return links
