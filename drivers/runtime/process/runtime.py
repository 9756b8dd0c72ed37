"""ProcessRuntime: the runtime port over supervised processes; the work is in the rooms beside.

The state is all on disk and in the supervisors, so a new object over the same folder finds every instance again.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from uuid import UUID

from domain.errors import Unavailable, Unsupported
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
    RuntimeState,
    StatsSample,
)
from drivers.runtime.process import making, power
from drivers.runtime.process.archives import open_archive, receive_archive
from drivers.runtime.process.commands import run_inside
from drivers.runtime.process.consoles import attach
from drivers.runtime.process.control import connect
from drivers.runtime.process.events import Watch
from drivers.runtime.process.faults import no_such_instance
from drivers.runtime.process.folders import Folders, InstanceFolder
from drivers.runtime.process.logs import open_log
from drivers.runtime.process.node import capabilities_of, describe
from drivers.runtime.process.observe import current_record, is_live, observe
from drivers.runtime.process.sandbox import working_bubblewrap
from drivers.runtime.process.snapshots import Snapshots
from drivers.runtime.process.specs import read_spec
from drivers.runtime.process.starter import StartSettings
from drivers.runtime.process.stats import Meter, ProcessStatsStream
from drivers.runtime.process.streams import OpenStreams
from drivers.runtime.process.threads import in_thread
from drivers.runtime.process.turns import Turns


class ProcessRuntime:
    """Processes of this machine below root. engine.address is not used.

    sandbox: True insists on bubblewrap (check() is Unavailable without), False goes without, None takes it where it
    works. bind_host: where instances are told to listen (env HOST) and where ports are checked.
    """

    name = "process"

    def __init__(
        self,
        engine: NodeEngine,
        *,
        root: Path,
        bind_host: str = "127.0.0.1",
        sandbox: bool | None = None,
        log_segment_bytes: int = 2 * 1024 * 1024,
        log_segments: int = 5,
    ) -> None:
        bwrap = None if sandbox is False else working_bubblewrap()
        self.engine = engine
        self.capabilities = capabilities_of(bwrap)
        self._lacks_sandbox = sandbox is True and bwrap is None
        self._folders = Folders(root)
        self._settings = StartSettings(self._folders.root, bind_host, bwrap, log_segment_bytes, log_segments)
        self._snapshots = Snapshots(self._folders)
        self._watch = Watch(self._folders)
        self._streams = OpenStreams()
        self._turns = Turns()
        self._is_laid_out = False

    async def check(self) -> RuntimeInfo:
        """Unavailable: the folder cannot be used, or the sandbox that was asked for does not work here."""
        await self._ready()
        return await in_thread(describe, self._folders.root, self._settings.bwrap)

    async def prepare_image(self, image: str, progress: Progress) -> None:
        """Nothing to fetch: an image is a command of this machine, looked for when the instance starts."""
        await progress(100, "The image's command is on this node.")

    # --- coming and going

    async def create(self, spec: RuntimeSpec) -> Observed:
        """InvalidInput: no command for this driver, or a variable that is not allowed."""
        async with self._turn(spec.instance_id) as folder:
            observed = await in_thread(observe, folder)
            if observed is None:
                await in_thread(making.make, self._folders, self._snapshots, spec)
                observed = await power.look(folder)
            return observed

    async def destroy(self, instance_id: UUID, *, keep_data: bool = False) -> None:
        async with self._turn(instance_id) as folder:
            await power.end(folder, None)
            await in_thread(making.unmake, self._folders, folder, keep_data=keep_data)

    async def start(self, instance_id: UUID) -> Observed:
        async with self._changing(instance_id) as folder:
            return await power.start(folder, self._settings)

    async def stop(self, instance_id: UUID, grace_s: float) -> Observed:
        async with self._changing(instance_id) as folder:
            await power.end(folder, grace_s)
            return await power.look(folder)

    async def kill(self, instance_id: UUID) -> Observed:
        async with self._changing(instance_id) as folder:
            await power.end(folder, None)
            return await power.look(folder)

    async def restart(self, instance_id: UUID, grace_s: float) -> Observed:
        async with self._changing(instance_id) as folder:
            await power.end(folder, grace_s)
            return await power.start(folder, self._settings)

    async def pause(self, instance_id: UUID) -> Observed:
        """Conflict: it does not run."""
        async with self._changing(instance_id) as folder:
            return await power.switch(folder, "pause", RuntimeState.PAUSED)

    async def unpause(self, instance_id: UUID) -> Observed:
        """Conflict: it does not run."""
        async with self._changing(instance_id) as folder:
            return await power.switch(folder, "unpause", RuntimeState.RUNNING)

    async def resize(self, instance_id: UUID, memory_bytes: int, cpu_millis: int) -> None:
        self._need(Capability.LIVE_RESIZE)

    # --- looking

    async def inspect(self, instance_id: UUID) -> Observed | None:
        return await in_thread(observe, self._folders.of(instance_id))

    async def list_instances(self) -> list[Observed]:
        await self._ready()
        return await in_thread(self._observe_all)

    def events(self) -> AbstractAsyncContextManager[AsyncIterator[RuntimeEvent]]:
        return self._events()

    @contextlib.asynccontextmanager
    async def _events(self) -> AsyncIterator[AsyncIterator[RuntimeEvent]]:
        await self._ready()
        async with self._watch.subscribe() as events:
            yield events

    @contextlib.asynccontextmanager
    async def logs(
        self, instance_id: UUID, *, tail: int | None = None, after: str | None = None, follow: bool = False
    ) -> AsyncIterator[LogStream]:
        """A cursor stays good until its lines are rotated away, over restarts too."""
        folder = await self._existing(instance_id)
        is_alive = partial(power.is_running, folder) if follow else None
        with self._streams.keep(await in_thread(open_log, str(folder.log), tail, after, is_alive)) as stream:
            yield stream

    @contextlib.asynccontextmanager
    async def stats(self, instance_id: UUID, interval_s: float = 1.0) -> AsyncIterator[AsyncIterator[StatsSample]]:
        """Network counters are 0: the network is the machine's own."""
        folder = await self._existing(instance_id)
        with self._streams.keep(ProcessStatsStream(await in_thread(_meter, folder), interval_s)) as stream:
            yield stream

    # --- inside

    async def run_command(
        self,
        instance_id: UUID,
        argv: tuple[str, ...],
        *,
        timeout_s: float = 60.0,
        max_output_bytes: int = 1 << 20,
    ) -> CommandResult:
        self._need(Capability.EXEC)
        folder = await self._existing(instance_id)
        return await run_inside(folder, argv, timeout_s, max_output_bytes)

    @contextlib.asynccontextmanager
    async def console(self, instance_id: UUID, columns: int = 80, rows: int = 24) -> AsyncIterator[Console]:
        self._need(Capability.CONSOLE)
        folder = await self._existing(instance_id)
        async with attach(folder, columns, rows) as console:
            with self._streams.keep(console):
                yield console

    # --- copies

    async def commit(self, instance_id: UUID, ref: str) -> CommittedImage:
        """Everyone in the instance holds still while its files are read."""
        async with self._changing(instance_id) as folder, connect(folder) as control:
            if control is not None:
                with contextlib.suppress(ConnectionError):
                    await control.send_message(do="freeze")
                await control.answer()
            return await in_thread(self._snapshots.take, folder, ref)

    async def restore(self, spec: RuntimeSpec, ref: str) -> Observed:
        """A running instance is killed first: what it has in hand would be lost anyway."""
        async with self._turn(spec.instance_id) as folder:
            await power.end(folder, None)
            await in_thread(making.rebuild, self._folders, self._snapshots, spec, ref)
            return await power.look(folder)

    async def discard(self, ref: str) -> None:
        await in_thread(self._snapshots.discard, ref)

    @contextlib.asynccontextmanager
    async def read_archive(self, instance_id: UUID, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        folder = await self._existing(instance_id)
        stream = await open_archive(folder, path)
        try:
            yield stream
        finally:
            await stream.close()

    async def write_archive(self, instance_id: UUID, path: str, chunks: AsyncIterator[bytes]) -> None:
        folder = await self._existing(instance_id)
        await receive_archive(folder, path, chunks)

    async def close(self) -> None:
        self._streams.close_all()
        await self._watch.close()

    # --- how

    async def _ready(self) -> None:
        """Unavailable: bubblewrap was demanded and does not work; or the folder cannot be made."""
        if self._lacks_sandbox:
            raise Unavailable("This node is to run everything in a sandbox, but bubblewrap does not work on it.")
        if not self._is_laid_out:
            await in_thread(self._folders.lay_out)
            self._is_laid_out = True

    async def _existing(self, instance_id: UUID) -> InstanceFolder:
        folder = self._folders.of(instance_id)
        if not await in_thread(lambda: folder.exists):
            raise no_such_instance(instance_id)
        return folder

    @contextlib.asynccontextmanager
    async def _turn(self, instance_id: UUID) -> AsyncIterator[InstanceFolder]:
        """Nobody else of this object changes the instance meanwhile; whoever listens hears of it soon."""
        await self._ready()
        async with self._turns.take(instance_id):
            try:
                yield self._folders.of(instance_id)
            finally:
                self._watch.look_now()

    @contextlib.asynccontextmanager
    async def _changing(self, instance_id: UUID) -> AsyncIterator[InstanceFolder]:
        """A turn on an instance that exists."""
        async with self._turn(instance_id):
            yield await self._existing(instance_id)

    def _need(self, capability: Capability) -> None:
        if capability not in self.capabilities:
            raise Unsupported(f"This node cannot do that ({capability.value}).", capability=capability.value)

    def _observe_all(self) -> list[Observed]:
        return [seen for seen in map(observe, self._folders.all()) if seen is not None]


def _meter(folder: InstanceFolder) -> Meter | None:
    record = current_record(folder)
    if record is None or not is_live(record):
        return None
    return Meter(record["supervisor_pid"], record["supervisor_ticks"], read_spec(folder).memory_bytes)
