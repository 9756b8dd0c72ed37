"""The runtime port on a pretended engine; handles.py has what tests steer it by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from uuid import UUID

from domain.errors import Conflict, NotFound, Unsupported
from domain.limits import GIB
from domain.ports.clock import Clock
from domain.ports.runtime import (
    Capability,
    CommandResult,
    CommittedImage,
    NodeEngine,
    Observed,
    Progress,
    RuntimeInfo,
    RuntimeSpec,
    RuntimeState,
)
from drivers.runtime.memory.commands import run_pretended
from drivers.runtime.memory.engine import LIVE, MemoryEngine
from drivers.runtime.memory.files import files_in, tar_of
from drivers.runtime.memory.handles import Handles
from drivers.runtime.memory.streams import MemoryConsole, MemoryEvents, MemoryLog, MemoryStats, Waiting

MISSING_IMAGES = "missing/"
"""Images whose name begins so do not exist."""


class MemoryRuntime(Handles):
    """clock: where times come from. state: shared by all runtimes of one pretended engine."""

    name = "memory"

    def __init__(
        self,
        engine: NodeEngine,
        clock: Clock,
        *,
        state: MemoryEngine | None = None,
        capabilities: frozenset[Capability] = frozenset(Capability),
    ) -> None:
        self.capabilities = capabilities
        self._clock = clock
        self._engine = state or MemoryEngine()
        self._open: list[Waiting] = []

    async def check(self) -> RuntimeInfo:
        async with self._engine.call("check"):
            return RuntimeInfo("memory", 16_000, 64 * GIB, 100 * GIB)

    async def prepare_image(self, image: str, progress: Progress) -> None:
        async with self._engine.call("prepare_image"):
            if image.startswith(MISSING_IMAGES):
                raise NotFound(f"There is no image {image}.")
            await progress(100, f"{image} is here")

    async def create(self, spec: RuntimeSpec) -> Observed:
        async with self._engine.call("create"):
            existing = self._engine.instances.get(spec.instance_id)
            return (existing or self._engine.make(spec, self._engine.commits.get(spec.image, {}))).observed()

    async def start(self, instance_id: UUID) -> Observed:
        async with self._engine.call("start"):
            return self._start(instance_id)

    async def stop(self, instance_id: UUID, grace_s: float) -> Observed:
        async with self._engine.call("stop"):
            return self._end(instance_id, 143)

    async def kill(self, instance_id: UUID) -> Observed:
        async with self._engine.call("kill"):
            return self._end(instance_id, 137)

    async def restart(self, instance_id: UUID, grace_s: float) -> Observed:
        async with self._engine.call("restart"):
            self._end(instance_id, 143)
            return self._start(instance_id)

    async def pause(self, instance_id: UUID) -> Observed:
        async with self._engine.call("pause"):
            return self._turn(instance_id, RuntimeState.PAUSED, "pause")

    async def unpause(self, instance_id: UUID) -> Observed:
        async with self._engine.call("unpause"):
            return self._turn(instance_id, RuntimeState.RUNNING, "unpause")

    async def resize(self, instance_id: UUID, memory_bytes: int, cpu_millis: int) -> None:
        async with self._engine.call("resize"):
            self._need(Capability.LIVE_RESIZE)
            instance = self._engine.get(instance_id)
            instance.spec = replace(instance.spec, memory_bytes=memory_bytes, cpu_millis=cpu_millis)
            self._engine.note(instance_id, "update")

    async def destroy(self, instance_id: UUID, *, keep_data: bool = False) -> None:
        async with self._engine.call("destroy"):
            self._engine.remove(instance_id, keep_data=keep_data)

    async def inspect(self, instance_id: UUID) -> Observed | None:
        async with self._engine.call("inspect"):
            found = self._engine.instances.get(instance_id)
            return found.observed() if found else None

    async def list_instances(self) -> list[Observed]:
        async with self._engine.call("list_instances"):
            return [instance.observed() for instance in self._engine.instances.values()]

    @asynccontextmanager
    async def events(self) -> AsyncIterator[MemoryEvents]:
        async with self._engine.call("events"):
            pass
        with self._stream("events") as waiting:
            yield MemoryEvents(self._engine, waiting)

    @asynccontextmanager
    async def logs(
        self, instance_id: UUID, *, tail: int | None = None, after: str | None = None, follow: bool = False
    ) -> AsyncIterator[MemoryLog]:
        async with self._engine.call("logs"):
            self._need(Capability.LOGS)
            instance = self._engine.get(instance_id)
        if not follow:
            yield MemoryLog(self._engine, instance, tail=tail, after=after, waiting=None)
            return
        with self._stream("logs") as waiting:
            yield MemoryLog(self._engine, instance, tail=tail, after=after, waiting=waiting)

    @asynccontextmanager
    async def stats(self, instance_id: UUID, interval_s: float = 1.0) -> AsyncIterator[MemoryStats]:
        async with self._engine.call("stats"):
            self._need(Capability.STATS)
            instance = self._engine.get(instance_id)
        with self._stream("stats") as waiting:
            yield MemoryStats(instance, self._clock, interval_s, waiting)

    async def run_command(
        self, instance_id: UUID, argv: tuple[str, ...], *, timeout_s: float = 60.0, max_output_bytes: int = 1 << 20
    ) -> CommandResult:
        """See commands.py for what it knows."""
        async with self._engine.call("run_command"):
            self._need(Capability.EXEC)
            return run_pretended(self._engine.running(instance_id), argv, timeout_s, max_output_bytes)

    @asynccontextmanager
    async def console(self, instance_id: UUID, columns: int = 80, rows: int = 24) -> AsyncIterator[MemoryConsole]:
        async with self._engine.call("console"):
            self._need(Capability.CONSOLE)
            instance = self._engine.running(instance_id)
        with self._stream("console") as waiting:
            console = MemoryConsole(self._engine, instance, self._clock, waiting)
            await console.resize(columns, rows)
            yield console

    async def commit(self, instance_id: UUID, ref: str) -> CommittedImage:
        async with self._engine.call("commit"):
            self._need(Capability.SNAPSHOT)
            files = dict(self._engine.get(instance_id).files)
            self._engine.commits[ref] = files
            return CommittedImage(ref, sum(len(data) for data in files.values()))

    async def restore(self, spec: RuntimeSpec, ref: str) -> Observed:
        async with self._engine.call("restore"):
            self._need(Capability.SNAPSHOT)
            if ref not in self._engine.commits:
                raise NotFound("There is no such snapshot on this node.")
            self._engine.remove(spec.instance_id, keep_data=False)
            return self._engine.make(spec, self._engine.commits[ref]).observed()

    async def discard(self, ref: str) -> None:
        async with self._engine.call("discard"):
            self._need(Capability.SNAPSHOT)
            self._engine.commits.pop(ref, None)

    @asynccontextmanager
    async def read_archive(self, instance_id: UUID, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self._engine.call("read_archive"):
            self._need(Capability.ARCHIVE)
            data = tar_of(self._engine.get(instance_id).files, path)
        yield _in_pieces(data)

    async def write_archive(self, instance_id: UUID, path: str, chunks: AsyncIterator[bytes]) -> None:
        async with self._engine.call("write_archive"):
            self._need(Capability.ARCHIVE)
            instance = self._engine.get(instance_id)
            content = b"".join([chunk async for chunk in chunks])
            instance.files.update(files_in(content, path, instance.files))

    async def close(self) -> None:
        """What this object has open ends; the engine and its instances go on."""
        for waiting in self._open:
            waiting.close()

    def _need(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise Unsupported(f"This node cannot do that ({capability.value}).", capability=capability.value)

    @contextmanager
    def _stream(self, kind: str) -> Iterator[Waiting]:
        with self._engine.changed.listening() as wake, self._engine.counted(kind):
            waiting = Waiting(wake)
            self._open.append(waiting)
            try:
                yield waiting
            finally:
                waiting.close()
                self._open.remove(waiting)

    def _start(self, instance_id: UUID) -> Observed:
        instance = self._engine.get(instance_id)
        if instance.state is RuntimeState.PAUSED:
            raise Conflict("The instance is paused.")
        if instance.state is not RuntimeState.RUNNING:
            self._engine.run(instance, self._clock.now())
        return instance.observed()

    def _end(self, instance_id: UUID, exit_code: int) -> Observed:
        instance = self._engine.get(instance_id)
        self._engine.end(instance, exit_code)
        return instance.observed()

    def _turn(self, instance_id: UUID, wanted: RuntimeState, kind: str) -> Observed:
        self._need(Capability.PAUSE)
        instance = self._engine.get(instance_id)
        if instance.state not in LIVE:
            raise Conflict(f"The instance is {instance.state.value}.")
        if instance.state is not wanted:
            instance.state = wanted
            self._engine.note(instance_id, kind)
        return instance.observed()


async def _in_pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 64 * 1024):
        yield data[start : start + 64 * 1024]
