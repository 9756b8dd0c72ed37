"""Stand-ins that tests steer by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.ports.clock import Clock
from domain.ports.runtime import NodeEngine

if TYPE_CHECKING:
    from drivers.runtime.memory import MemoryRuntime


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class MemoryRuntimes:
    """Runtimes in which every node, whatever its driver is called, has a memory engine of its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._runtimes: dict[UUID, MemoryRuntime] = {}

    def of(self, engine: NodeEngine) -> MemoryRuntime:
        from drivers.runtime.memory import MemoryRuntime

        if engine.node_id not in self._runtimes:
            self._runtimes[engine.node_id] = MemoryRuntime(engine, self._clock)
        return self._runtimes[engine.node_id]

    async def forget(self, node_id: UUID) -> None:
        if runtime := self._runtimes.pop(node_id, None):
            await runtime.close()

    async def close(self) -> None:
        for node_id in list(self._runtimes):
            await self.forget(node_id)
