"""The runtime port on a pretended engine, with handles by which tests make it fail, hang or lose an instance."""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from domain.errors import Conflict, DomainError, InvalidInput, NotFound
from domain.limits import GIB
from domain.ports.clock import Clock
from domain.ports.runtime import (
    Capability,
    CommandResult,
    CommittedImage,
    LogLine,
    NodeEngine,
    Observed,
    Progress,
    RuntimeEvent,
    RuntimeInfo,
    RuntimeSpec,
    RuntimeState,
    StatsSample,
)
from drivers.runtime.memory.engine import MemoryEngine, MemoryInstance, tar_of
from drivers.runtime.memory.streams import LIVE, MemoryConsole, MemoryLog, events_of, log_of, samples_of

DATA = "/data/"


class Hold(NamedTuple):
    """reached: a call is waiting. released: set it to let calls through."""

    reached: asyncio.Event
    released: asyncio.Event


class MemoryRuntime:
    """clock: where times come from. state: shared by all runtimes of one pretended engine."""

    name = "memory"
    capabilities = frozenset(Capability)

    def __init__(self, engine: NodeEngine, clock: Clock, *, state: MemoryEngine | None = None) -> None:
        self._clock = clock
        self._engine = state or MemoryEngine()

    async def check(self) -> RuntimeInfo:
        await self._engine.enter("check")
        return RuntimeInfo("memory", 16_000, 64 * GIB, 100 * GIB)

    async def prepare_image(self, image: str, progress: Progress) -> None:
        await self._engine.enter("prepare_image")
        if image.startswith("missing/"):
            raise NotFound(f"There is no image {image}.")
        await progress(100, f"{image} is here")

    async def create(self, spec: RuntimeSpec) -> Observed:
        await self._engine.enter("create")
        existing = self._engine.instances.get(spec.instance_id)
        return (existing or self._engine.make(spec, {})).observed()

    async def start(self, instance_id: UUID) -> Observed:
        await self._engine.enter("start")
        instance = self._engine.get(instance_id)
        if instance.state is RuntimeState.PAUSED:
            raise Conflict("The instance is paused.")
        if instance.state is not RuntimeState.RUNNING:
            self._refuse_taken_ports(instance)
            self._run(instance)
        return instance.observed()

    async def stop(self, instance_id: UUID, grace_s: float) -> Observed:
        await self._engine.enter("stop")
        return self._end(instance_id, 143)

    async def kill(self, instance_id: UUID) -> Observed:
        await self._engine.enter("kill")
        return self._end(instance_id, 137)

    async def restart(self, instance_id: UUID, grace_s: float) -> Observed:
        await self._engine.enter("restart")
        self._end(instance_id, 143)
        instance = self._engine.get(instance_id)
        self._run(instance)
        return instance.observed()

    async def pause(self, instance_id: UUID) -> Observed:
        await self._engine.enter("pause")
        return self._turn(instance_id, RuntimeState.RUNNING, RuntimeState.PAUSED, "pause")

    async def unpause(self, instance_id: UUID) -> Observed:
        await self._engine.enter("unpause")
        return self._turn(instance_id, RuntimeState.PAUSED, RuntimeState.RUNNING, "unpause")

    async def resize(self, instance_id: UUID, memory_bytes: int, cpu_millis: int) -> None:
        await self._engine.enter("resize")
        instance = self._engine.get(instance_id)
        instance.spec = replace(instance.spec, memory_bytes=memory_bytes, cpu_millis=cpu_millis)
        self._engine.note(instance_id, "update")

    async def destroy(self, instance_id: UUID, *, keep_data: bool = False) -> None:
        await self._engine.enter("destroy")
        gone = self._engine.instances.pop(instance_id, None)
        if not keep_data:
            self._engine.kept_data.pop(instance_id, None)
        elif gone is not None:
            kept = {name: data for name, data in gone.files.items() if name.startswith(DATA)}
            self._engine.kept_data[instance_id] = kept
        if gone is not None:
            gone.state = RuntimeState.STOPPED
            self._engine.note(instance_id, "destroy")

    async def inspect(self, instance_id: UUID) -> Observed | None:
        await self._engine.enter("inspect")
        found = self._engine.instances.get(instance_id)
        return found.observed() if found else None

    async def list_instances(self) -> list[Observed]:
        await self._engine.enter("list_instances")
        return [instance.observed() for instance in self._engine.instances.values()]

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[RuntimeEvent]]:
        await self._engine.enter("events")
        with self._engine.changed.listening() as wake, self._engine.counted("events"):
            yield events_of(self._engine, len(self._engine.events), wake)

    @asynccontextmanager
    async def logs(
        self, instance_id: UUID, *, tail: int | None = None, after: str | None = None, follow: bool = False
    ) -> AsyncIterator[MemoryLog]:
        await self._engine.enter("logs")
        async with log_of(self._engine, self._engine.get(instance_id), tail, after, follow) as log:
            yield log

    @asynccontextmanager
    async def stats(self, instance_id: UUID, interval_s: float = 1.0) -> AsyncIterator[AsyncIterator[StatsSample]]:
        await self._engine.enter("stats")
        with self._engine.counted("stats"):
            yield samples_of(self._running(instance_id), self._clock, interval_s)

    async def run_command(
        self, instance_id: UUID, argv: tuple[str, ...], *, timeout_s: float = 60.0, max_output_bytes: int = 1 << 20
    ) -> CommandResult:
        """echo prints its arguments; cat prints a file; everything else is not found."""
        await self._engine.enter("run_command")
        instance = self._running(instance_id)
        if argv[0] == "echo":
            printed = " ".join(argv[1:]) + "\n"
        elif argv[0] == "cat" and argv[1] in instance.files:
            printed = instance.files[argv[1]].decode(errors="replace")
        else:
            return CommandResult(127, "", f"{argv[0]}: not found\n", False)
        kept = printed.encode()[:max_output_bytes].decode(errors="ignore")
        return CommandResult(0, kept, "", kept != printed)

    @asynccontextmanager
    async def console(self, instance_id: UUID, columns: int = 80, rows: int = 24) -> AsyncIterator[MemoryConsole]:
        await self._engine.enter("console")
        instance = self._running(instance_id)
        with self._engine.changed.listening() as wake, self._engine.counted("console"):
            yield MemoryConsole(self._engine, instance, wake)

    async def commit(self, instance_id: UUID, ref: str) -> CommittedImage:
        await self._engine.enter("commit")
        files = dict(self._engine.get(instance_id).files)
        self._engine.commits[ref] = files
        return CommittedImage(ref, sum(len(data) for data in files.values()))

    async def restore(self, spec: RuntimeSpec, ref: str) -> Observed:
        await self._engine.enter("restore")
        if ref not in self._engine.commits:
            raise NotFound("There is no such snapshot on this node.")
        self._engine.instances.pop(spec.instance_id, None)
        self._engine.kept_data.pop(spec.instance_id, None)
        return self._engine.make(spec, self._engine.commits[ref]).observed()

    async def discard(self, ref: str) -> None:
        await self._engine.enter("discard")
        self._engine.commits.pop(ref, None)

    @asynccontextmanager
    async def read_archive(self, instance_id: UUID, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        await self._engine.enter("read_archive")
        data = tar_of(self._engine.get(instance_id).files, path)

        async def chunks() -> AsyncIterator[bytes]:
            yield data

        yield chunks()

    async def write_archive(self, instance_id: UUID, path: str, chunks: AsyncIterator[bytes]) -> None:
        await self._engine.enter("write_archive")
        instance = self._engine.get(instance_id)
        content = b"".join([chunk async for chunk in chunks])
        instance.files.update(_unpacked(content, path))

    async def close(self) -> None:
        self._engine.changed.tell()

    # Handles for tests

    @property
    def calls(self) -> Counter[str]:
        """How often each method ran."""
        return self._engine.calls

    def open_streams(self, kind: str) -> int:
        """Open upstreams: events, logs (following ones), stats, console."""
        return self._engine.open[kind]

    def spec_of(self, instance_id: UUID) -> RuntimeSpec:
        return self._engine.get(instance_id).spec

    def fail_next(self, call: str, error: DomainError) -> None:
        """The next run of a method raises this."""
        self._engine.faults[call].append(error)

    def fail_always(self, error: DomainError | None) -> None:
        """Every call and every event stream raises this, until None."""
        self._engine.lasting_fault = error
        self._engine.changed.tell()

    def hold(self, call: str) -> Hold:
        """Calls of a method wait until released."""
        hold = Hold(asyncio.Event(), asyncio.Event())
        self._engine.held[call] = hold
        return hold

    def kill_from_outside(self, instance_id: UUID) -> None:
        self._engine.end(self._engine.get(instance_id), 137)

    def run_out_of_memory(self, instance_id: UUID) -> None:
        self._engine.end(self._engine.get(instance_id), 137, out_of_memory=True)

    def print_line(self, instance_id: UUID, text: str) -> None:
        """The instance prints a line."""
        lines = self._engine.get(instance_id).lines
        lines.append(LogLine(str(len(lines) + 1), self._clock.now(), "stdout", text))
        self._engine.changed.tell()

    # Parts

    def _running(self, instance_id: UUID) -> MemoryInstance:
        instance = self._engine.get(instance_id)
        if instance.state not in LIVE:
            raise Conflict("The instance does not run.")
        return instance

    def _run(self, instance: MemoryInstance) -> None:
        instance.state, instance.exit_code, instance.out_of_memory = RuntimeState.RUNNING, None, False
        instance.started_at = self._clock.now()
        self._engine.note(instance.spec.instance_id, "start")

    def _end(self, instance_id: UUID, exit_code: int) -> Observed:
        instance = self._engine.get(instance_id)
        if instance.state in LIVE:
            self._engine.end(instance, exit_code)
        return instance.observed()

    def _turn(self, instance_id: UUID, before: RuntimeState, after: RuntimeState, kind: str) -> Observed:
        instance = self._engine.get(instance_id)
        if instance.state not in (before, after):
            raise Conflict(f"The instance is {instance.state.value}.")
        instance.state = after
        self._engine.note(instance_id, kind)
        return instance.observed()

    def _refuse_taken_ports(self, instance: MemoryInstance) -> None:
        wanted = {(port.host_port, port.protocol) for port in instance.spec.ports}
        for other in self._engine.instances.values():
            taken = {(port.host_port, port.protocol) for port in other.spec.ports}
            if other is not instance and other.state in LIVE and (both := wanted & taken):
                raise Conflict(f"Port {min(both)[0]} is already in use on this node.")


def _unpacked(content: bytes, path: str) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                if member.name.startswith("/") or ".." in member.name.split("/"):
                    raise InvalidInput("The archive has a member outside its folder.", field="archive")
                if member.isfile() and (source := archive.extractfile(member)):
                    files[f"{path.rstrip('/')}/{member.name.removeprefix('./')}"] = source.read()
    except tarfile.TarError as exc:
        raise InvalidInput("That is not a tar archive.", field="archive") from exc
    return files
