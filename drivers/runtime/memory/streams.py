"""What can be watched of a pretended instance: log, figures, terminal, events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.errors import DomainError
from domain.ports.clock import Clock
from domain.ports.runtime import LogLine, RuntimeEvent, RuntimeState, StatsSample
from drivers.runtime.memory.engine import MemoryEngine, MemoryInstance

LIVE = (RuntimeState.RUNNING, RuntimeState.PAUSED)


class MemoryLog:
    """Cursors are line numbers."""

    def __init__(
        self,
        engine: MemoryEngine,
        instance: MemoryInstance,
        start: int,
        recovered: bool | None,
        wake: asyncio.Event | None,
    ) -> None:
        self.recovered = recovered
        self._engine = engine
        self._instance = instance
        self._next = start
        self._wake = wake

    async def __aiter__(self) -> AsyncIterator[LogLine]:
        while True:
            while self._next < len(self._instance.lines):
                self._next += 1
                yield self._instance.lines[self._next - 1]
            if self._wake is None or self._instance.state not in LIVE:
                return
            await self._wake.wait()
            self._wake.clear()


@asynccontextmanager
async def log_of(
    engine: MemoryEngine, instance: MemoryInstance, tail: int | None, after: str | None, follow: bool
) -> AsyncIterator[MemoryLog]:
    start, recovered = 0, None
    if after is not None:
        recovered = after.isdigit() and int(after) <= len(instance.lines)
        start = int(after) if recovered else 0
    elif tail is not None:
        start = max(0, len(instance.lines) - tail)
    if not follow:
        yield MemoryLog(engine, instance, start, recovered, None)
        return
    with engine.changed.listening() as wake, engine.counted("logs"):
        yield MemoryLog(engine, instance, start, recovered, wake)


async def samples_of(instance: MemoryInstance, clock: Clock, interval_s: float) -> AsyncIterator[StatsSample]:
    """The same figures each time; a busy instance is for real runtimes."""
    while instance.state in LIVE:
        yield StatsSample(
            at=clock.now(),
            cpu_millis=instance.spec.cpu_millis // 10,
            memory_bytes=instance.spec.memory_bytes // 4,
            memory_limit_bytes=instance.spec.memory_bytes,
            network_received_bytes=0,
            network_sent_bytes=0,
            disk_read_bytes=0,
            disk_written_bytes=0,
            process_count=1,
        )
        await asyncio.sleep(interval_s)


class MemoryConsole:
    """Echoes what is typed."""

    def __init__(self, engine: MemoryEngine, instance: MemoryInstance, wake: asyncio.Event) -> None:
        self._engine = engine
        self._instance = instance
        self._wake = wake
        self._next = len(instance.console_output)
        self.size = (80, 24)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            while self._next < len(self._instance.console_output):
                self._next += 1
                yield self._instance.console_output[self._next - 1]
            if self._instance.state not in LIVE:
                return
            await self._wake.wait()
            self._wake.clear()

    async def write(self, data: bytes) -> None:
        self._instance.console_output.append(data)
        self._engine.changed.tell()

    async def resize(self, columns: int, rows: int) -> None:
        self.size = (columns, rows)


async def events_of(engine: MemoryEngine, start: int, wake: asyncio.Event) -> AsyncIterator[RuntimeEvent]:
    position = start
    while True:
        _raise(engine.lasting_fault)
        while position < len(engine.events):
            instance_id, kind = engine.events[position]
            position += 1
            yield RuntimeEvent(instance_id, kind)
        await wake.wait()
        wake.clear()


def _raise(error: DomainError | None) -> None:
    if error is not None:
        raise error
