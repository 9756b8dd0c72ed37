"""Look into an instance live: its log, its figures, its console. However many watch, the runtime is asked once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast
from uuid import UUID

from domain.access import Actor
from domain.errors import InvalidInput
from domain.instances.carry_out import runtime_of
from domain.instances.change import permitted, refuse_unless
from domain.instances.live_log import LiveLog
from domain.instances.shared import Shared, Source
from domain.models.instance import Instance, InstanceState
from domain.ports import Ports
from domain.ports.runtime import Console, LogStream, Runtime, StatsSample

MAX_PENDING_LINES = 10_000
MAX_PENDING_CHUNKS = 1_000
SAMPLE_INTERVAL_S = 1.0


class InstanceStreams:
    """One per process. Upstreams are kept by instance and kind."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._shared: dict[tuple[str, UUID], Shared[Any]] = {}

    @property
    def open_upstreams(self) -> int:
        return sum(not shared.is_idle for shared in self._shared.values())

    @asynccontextmanager
    async def logs(
        self, actor: Actor, instance_id: UUID | str, *, tail: int | None = None, after: str | None = None, follow: bool
    ) -> AsyncIterator[LogStream]:
        """Lines after a cursor, or the last `tail` (all when None), then, with follow, what comes until it stops.

        Needs instances:read. Unsupported: the node keeps no logs. Unavailable: the reader was too slow.
        """
        instance = await permitted(actor, instance_id, "instances:read")
        runtime = await runtime_of(self._ports, instance)
        if not follow:
            async with runtime.logs(instance.id, tail=tail, after=after) as stream:
                yield stream
            return
        upstream = self._upstream(
            "logs",
            instance.id,
            lambda: cast(Any, runtime.logs(instance.id, tail=0, follow=True)),
            latest_only=False,
            max_pending=MAX_PENDING_LINES,
        )
        async with upstream.join() as (_, live), runtime.logs(instance.id, tail=tail, after=after) as stored:
            yield LiveLog(stored, live)

    @asynccontextmanager
    async def stats(
        self, actor: Actor, instance_id: UUID | str, interval_s: float = SAMPLE_INTERVAL_S
    ) -> AsyncIterator[AsyncIterator[StatsSample]]:
        """Samples at least interval_s apart, the newest each time. Needs instances:read. Conflict: it does not run."""
        if not 1.0 <= interval_s <= 3600.0:
            raise InvalidInput("The interval is between 1 and 3600 seconds.", field="interval_s")
        instance, runtime = await self._running(actor, instance_id, "instances:read")
        upstream = self._upstream(
            "stats", instance.id, lambda: runtime.stats(instance.id, SAMPLE_INTERVAL_S), latest_only=True, max_pending=1
        )
        async with upstream.join() as (_, samples):
            yield _spaced(samples, interval_s)

    @asynccontextmanager
    async def console(self, actor: Actor, instance_id: UUID | str) -> AsyncIterator[Console]:
        """The main process's terminal; what one watcher types, all see. Needs instances:console.

        Conflict: it does not run. Unsupported: the node offers none. Unavailable: the reader was too slow.
        """
        instance, runtime = await self._running(actor, instance_id, "instances:console")
        upstream = self._upstream(
            "console",
            instance.id,
            lambda: cast(Any, runtime.console(instance.id)),
            latest_only=False,
            max_pending=MAX_PENDING_CHUNKS,
        )
        async with upstream.join() as (source, output):
            yield SharedConsole(cast(Console, source), output)

    async def close(self) -> None:
        """End every stream (shutdown)."""
        for shared in tuple(self._shared.values()):
            await shared.close()
        self._shared.clear()

    async def _running(self, actor: Actor, instance_id: UUID | str, scope: str) -> tuple[Instance, Runtime]:
        instance = await permitted(actor, instance_id, scope)
        refuse_unless(instance, (InstanceState.RUNNING, InstanceState.PAUSED), "watched")
        return instance, await runtime_of(self._ports, instance)

    def _upstream(
        self,
        kind: str,
        instance_id: UUID,
        open_source: Callable[[], AbstractAsyncContextManager[Source[Any]]],
        *,
        latest_only: bool,
        max_pending: int,
    ) -> Shared[Any]:
        for key in [key for key, shared in self._shared.items() if shared.is_idle]:
            del self._shared[key]
        key = (kind, instance_id)
        if key not in self._shared:
            self._shared[key] = Shared(open_source, latest_only=latest_only, max_pending=max_pending)
        return self._shared[key]


class SharedConsole:
    """One watcher's view of a console that others may watch, too."""

    def __init__(self, source: Console, output: AsyncIterator[bytes]) -> None:
        self._source = source
        self._output = output

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._output

    async def write(self, data: bytes) -> None:
        await self._source.write(data)

    async def resize(self, columns: int, rows: int) -> None:
        await self._source.resize(columns, rows)


async def _spaced(samples: AsyncIterator[StatsSample], interval_s: float) -> AsyncIterator[StatsSample]:
    """Leave out what comes too soon; half a tick of slack keeps an engine's jitter from doubling the interval."""
    last: StatsSample | None = None
    async for sample in samples:
        if last is None or (sample.at - last.at).total_seconds() >= interval_s - SAMPLE_INTERVAL_S / 2:
            last = sample
            yield sample
