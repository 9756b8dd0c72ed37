"""DockerRuntime: the runtime port over one node's Docker Engine. Each file beside this one holds one part."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import docker

from domain.errors import NotFound, Unavailable
from domain.ports.runtime import (
    Capability,
    CommandResult,
    CommittedImage,
    Console,
    LogStream,
    NodeEngine,
    Observed,
    Progress,
    RuntimeEvent,
    RuntimeInfo,
    RuntimeSpec,
    StatsSample,
)
from drivers.runtime.docker import archives, console, events, images
from drivers.runtime.docker.building import Building
from drivers.runtime.docker.containers import Containers
from drivers.runtime.docker.data_images import DataImages
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.errors import NOT_AN_ENGINE
from drivers.runtime.docker.execution import Execution
from drivers.runtime.docker.logs import Logs
from drivers.runtime.docker.observe import observed
from drivers.runtime.docker.power import Power
from drivers.runtime.docker.snapshots import Snapshots
from drivers.runtime.docker.stats import Stats
from drivers.runtime.docker.volumes import Volumes


class DockerRuntime:
    """Instances as containers. Nothing is asked of the engine before the first call.

    owner: value of the label gatehouse.owner, which marks ours on an engine that others use too. max_threads: calls
    under way at once; streams need none. bind_address: where ports are published ("" is the engine's own default).
    """

    name = "docker"
    capabilities = frozenset(Capability)

    def __init__(self, engine: NodeEngine, *, owner: str, max_threads: int = 16, bind_address: str = "") -> None:
        self._owner = owner
        self._engine = Engine(engine, max_threads)
        self._containers = Containers(self._engine, owner)
        self._volumes = Volumes(self._engine, owner)
        data = DataImages(self._engine, owner)
        self._building = Building(
            self._engine, self._containers, self._volumes, data, owner=owner, bind_address=bind_address
        )
        self._snapshots = Snapshots(self._engine, self._containers, self._volumes, data, self._building)
        self._power = Power(self._engine, self._containers)
        self._execution = Execution(self._engine, self._containers)
        self._logs = Logs(self._engine, self._containers)
        self._stats = Stats(self._engine, self._containers)

    async def check(self) -> RuntimeInfo:
        """The free disk is known only where the engine's folder is on this machine."""
        try:
            info = await self._engine.read(_facts)
        except NotFound as error:
            raise Unavailable(NOT_AN_ENGINE) from error
        local = await self._engine.is_local()
        free = await self._engine.read(lambda _: _disk_free_bytes(info["DockerRootDir"])) if local else None
        return RuntimeInfo(
            version=f"Docker {info['ServerVersion']}",
            cpu_millis=info["NCPU"] * 1000,
            memory_bytes=info["MemTotal"],
            disk_free_bytes=free,
        )

    async def prepare_image(self, image: str, progress: Progress) -> None:
        await images.prepare_image(self._engine, image, progress)

    async def create(self, spec: RuntimeSpec) -> Observed:
        return await self._building.create(spec)

    async def start(self, instance_id: UUID) -> Observed:
        return await self._power.start(instance_id)

    async def stop(self, instance_id: UUID, grace_s: float) -> Observed:
        return await self._power.stop(instance_id, grace_s)

    async def kill(self, instance_id: UUID) -> Observed:
        return await self._power.kill(instance_id)

    async def restart(self, instance_id: UUID, grace_s: float) -> Observed:
        return await self._power.restart(instance_id, grace_s)

    async def pause(self, instance_id: UUID) -> Observed:
        return await self._power.pause(instance_id)

    async def unpause(self, instance_id: UUID) -> Observed:
        return await self._power.unpause(instance_id)

    async def resize(self, instance_id: UUID, memory_bytes: int, cpu_millis: int) -> None:
        await self._power.resize(instance_id, memory_bytes, cpu_millis)

    async def destroy(self, instance_id: UUID, *, keep_data: bool = False) -> None:
        await self._building.destroy(instance_id, keep_data)

    async def inspect(self, instance_id: UUID) -> Observed | None:
        container = await self._containers.find(instance_id)
        return observed(instance_id, container) if container is not None else None

    async def list_instances(self) -> list[Observed]:
        return await self._containers.list_all()

    def events(self) -> AbstractAsyncContextManager[AsyncIterator[RuntimeEvent]]:
        return events.open_events(self._engine, self._owner)

    def logs(
        self, instance_id: UUID, *, tail: int | None = None, after: str | None = None, follow: bool = False
    ) -> AbstractAsyncContextManager[LogStream]:
        return self._logs.open(instance_id, tail, after, follow)

    def stats(
        self, instance_id: UUID, interval_s: float = 1.0
    ) -> AbstractAsyncContextManager[AsyncIterator[StatsSample]]:
        return self._stats.open(instance_id, interval_s)

    async def run_command(
        self,
        instance_id: UUID,
        argv: tuple[str, ...],
        *,
        timeout_s: float = 60.0,
        max_output_bytes: int = 1 << 20,
    ) -> CommandResult:
        return await self._execution.run(instance_id, argv, timeout_s, max_output_bytes)

    def console(self, instance_id: UUID, columns: int = 80, rows: int = 24) -> AbstractAsyncContextManager[Console]:
        return console.attach(self._engine, self._containers, instance_id, columns, rows)

    async def commit(self, instance_id: UUID, ref: str) -> CommittedImage:
        return await self._snapshots.commit(instance_id, ref)

    async def restore(self, spec: RuntimeSpec, ref: str) -> Observed:
        return await self._snapshots.restore(spec, ref)

    async def discard(self, ref: str) -> None:
        await self._snapshots.discard(ref)

    def read_archive(self, instance_id: UUID, path: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        return archives.read_archive(self._engine, self._containers, instance_id, path)

    async def write_archive(self, instance_id: UUID, path: str, chunks: AsyncIterator[bytes]) -> None:
        await archives.write_archive(self._engine, self._containers, instance_id, path, chunks)

    async def close(self) -> None:
        self._engine.close()


def _facts(sdk: docker.APIClient) -> dict[str, Any]:
    """What check() needs of the engine; a KeyError here is an answer that no engine gives."""
    info = sdk.info()
    return {name: info[name] for name in ("ServerVersion", "NCPU", "MemTotal", "DockerRootDir")}


def _disk_free_bytes(folder: str) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
