"""What can be watched of a pretended instance: log, figures, terminal, events.

Whoever gives up waiting for the next item has lost nothing and may ask again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from domain.errors import Conflict, InvalidInput
from domain.ports.clock import Clock
from domain.ports.runtime import LogLine, RuntimeEvent, StatsSample
from drivers.runtime.memory.engine import LIVE, MemoryEngine, MemoryInstance


class Waiting:
    """Until something changed; over as soon as the stream or the runtime was closed."""

    def __init__(self, wake: asyncio.Event) -> None:
        self._wake = wake
        self.is_over = False

    def close(self) -> None:
        self.is_over = True
        self._wake.set()

    async def for_change(self) -> None:
        await self._wake.wait()
        self._wake.clear()


class MemoryLog:
    """Cursors are line numbers. waiting None: what is there now, and no more."""

    def __init__(
        self,
        engine: MemoryEngine,
        instance: MemoryInstance,
        *,
        tail: int | None,
        after: str | None,
        waiting: Waiting | None,
    ) -> None:
        self._engine = engine
        self._instance = instance
        self._waiting = waiting
        self._next, self.recovered = _place(instance, tail, after)

    def __aiter__(self) -> AsyncIterator[LogLine]:
        return self

    async def __anext__(self) -> LogLine:
        instance = self._instance
        while self._next >= instance.first_line + len(instance.lines):
            if self._waiting is None or self._waiting.is_over or instance.state not in LIVE:
                raise StopAsyncIteration
            await self._waiting.for_change()
        place = max(self._next, instance.first_line)
        self._next = place + 1
        return instance.lines[place - instance.first_line]


def _place(instance: MemoryInstance, tail: int | None, after: str | None) -> tuple[int, bool | None]:
    """(number of lines before the first one wanted, recovered). InvalidInput: not a cursor."""
    last = instance.first_line + len(instance.lines)
    if after is not None:
        if not (after.isascii() and after.isdigit()):
            raise InvalidInput("That is not a log cursor.", field="after")
        recovered = instance.first_line <= int(after) <= last
        return (int(after) if recovered else instance.first_line), recovered
    if tail is not None:
        return max(instance.first_line, last - max(tail, 0)), None
    return instance.first_line, None


class MemoryStats:
    """The same figures each time; a busy instance is for real runtimes."""

    def __init__(self, instance: MemoryInstance, clock: Clock, interval_s: float, waiting: Waiting) -> None:
        self._instance = instance
        self._clock = clock
        self._interval_s = interval_s
        self._waiting = waiting
        self._is_first = True

    def __aiter__(self) -> AsyncIterator[StatsSample]:
        return self

    async def __anext__(self) -> StatsSample:
        if not self._is_first:
            await self._wait()
        if self._waiting.is_over or self._instance.state not in LIVE:
            raise StopAsyncIteration
        self._is_first = False
        spec = self._instance.spec
        return StatsSample(
            at=self._clock.now(),
            cpu_millis=spec.cpu_millis // 10,
            memory_bytes=spec.memory_bytes // 4,
            memory_limit_bytes=spec.memory_bytes,
            network_received_bytes=0,
            network_sent_bytes=0,
            disk_read_bytes=0,
            disk_written_bytes=0,
            process_count=1,
        )

    async def _wait(self) -> None:
        """One interval, or until the instance ends."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._interval_s):
                while not self._waiting.is_over and self._instance.state in LIVE:
                    await self._waiting.for_change()


class MemoryConsole:
    """Echoes what is typed; every line typed is printed to the log."""

    def __init__(self, engine: MemoryEngine, instance: MemoryInstance, clock: Clock, waiting: Waiting) -> None:
        self._engine = engine
        self._instance = instance
        self._clock = clock
        self._waiting = waiting
        self._next = len(instance.console_output)
        self._typed = b""
        self.size = (80, 24)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while self._next >= len(self._instance.console_output):
            if self._waiting.is_over or self._instance.state not in LIVE:
                raise StopAsyncIteration
            await self._waiting.for_change()
        self._next += 1
        return self._instance.console_output[self._next - 1]

    async def write(self, data: bytes) -> None:
        """Conflict: the instance has stopped."""
        if self._instance.state not in LIVE:
            raise Conflict("The instance does not run.")
        self._instance.console_output.append(data)
        *lines, self._typed = (self._typed + data).split(b"\n")
        for line in lines:
            text = line.decode("utf-8", "replace").removesuffix("\r")
            self._instance.print_line(self._clock.now(), "console", text, self._engine.keep_lines)
        self._engine.changed.tell()

    async def resize(self, columns: int, rows: int) -> None:
        self.size = (columns, rows)


class MemoryEvents:
    """From the moment it is made. A lasting fault of the engine is raised here too."""

    def __init__(self, engine: MemoryEngine, waiting: Waiting) -> None:
        self._engine = engine
        self._waiting = waiting
        self._next = len(engine.events)

    def __aiter__(self) -> AsyncIterator[RuntimeEvent]:
        return self

    async def __anext__(self) -> RuntimeEvent:
        while True:
            if self._engine.lasting_fault is not None:
                raise self._engine.lasting_fault
            if self._next < len(self._engine.events):
                instance_id, kind = self._engine.events[self._next]
                self._next += 1
                return RuntimeEvent(instance_id, kind)
            if self._waiting.is_over:
                raise StopAsyncIteration
            await self._waiting.for_change()
