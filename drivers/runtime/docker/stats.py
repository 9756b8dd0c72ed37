"""What an instance uses: one open stream of the engine's, which ticks once a second, thinned out to the interval.

The engine answers single questions in step with that tick too, so they would hold a thread for a second each.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from domain.ports.runtime import StatsSample
from drivers.runtime.docker.containers import Containers
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.exchange import Exchange
from drivers.runtime.docker.observe import from_ns, since_epoch_ns

TICK_NS = 10**9


class Stats:
    """The figures of one engine's instances."""

    def __init__(self, engine: Engine, containers: Containers) -> None:
        self._engine = engine
        self._containers = containers

    @asynccontextmanager
    async def open(self, instance_id: UUID, interval_s: float) -> AsyncIterator[AsyncIterator[StatsSample]]:
        """One sample per interval (a second at least) while it runs; ends when it stops."""
        runtime_id = (await self._containers.get(instance_id))["Id"]
        async with self._engine.exchange("GET", f"/containers/{runtime_id}/stats", {"stream": "1"}) as exchange:
            samples = _Samples(exchange, interval_s)
            try:
                yield samples
            finally:
                await samples.close()


class _Samples:
    """Always reads: who takes samples slowly gets fresh ones, not old ones."""

    def __init__(self, exchange: Exchange, interval_s: float) -> None:
        self._exchange = exchange
        self._interval_ns = round(interval_s * 10**9)
        self._apart_ns = TICK_NS
        self._before: Mapping[str, Any] | None = None
        self._newest: Mapping[str, Any] | None = None
        self._news = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self._reading.add_done_callback(lambda _: self._news.set())

    def __aiter__(self) -> _Samples:
        return self

    async def __anext__(self) -> StatsSample:
        while True:
            await self._news.wait()
            if self._reading.done():
                self._reading.result()
                raise StopAsyncIteration
            self._news.clear()
            before, now = self._before, self._newest
            if now is not None and before is None:
                self._before = now
            elif before is not None and now is not None and self._are_apart(before, now):
                self._before, self._apart_ns = now, self._interval_ns
                return sample(before, now)

    def _are_apart(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
        """The first sample does not wait a whole interval; ticks are not quite even."""
        return _read_at_ns(now) - _read_at_ns(before) >= self._apart_ns - TICK_NS // 2

    async def _read(self) -> None:
        rest = b""
        async for piece in self._exchange:
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                figures = json.loads(line)
                if not is_running(figures):
                    return
                self._newest = figures
                self._news.set()

    async def close(self) -> None:
        self._exchange.close()
        await asyncio.gather(self._reading, return_exceptions=True)


def is_running(figures: Mapping[str, Any]) -> bool:
    """The engine answers for a stopped instance too, with nothing in it."""
    return bool(figures.get("pids_stats", {}).get("current") or figures["cpu_stats"]["cpu_usage"]["total_usage"])


def sample(before: Mapping[str, Any], now: Mapping[str, Any]) -> StatsSample:
    """Two answers of the engine as one sample."""
    memory = now["memory_stats"]
    networks = (now.get("networks") or {}).values()
    return StatsSample(
        at=from_ns(_read_at_ns(now)),
        cpu_millis=_cpu_millis(before, now),
        memory_bytes=_memory_in_use(memory),
        memory_limit_bytes=memory.get("limit", 0),
        network_received_bytes=sum(network["rx_bytes"] for network in networks),
        network_sent_bytes=sum(network["tx_bytes"] for network in networks),
        disk_read_bytes=_disk(now, "read"),
        disk_written_bytes=_disk(now, "write"),
        process_count=now["pids_stats"].get("current", 0),
    )


def _read_at_ns(figures: Mapping[str, Any]) -> int:
    return since_epoch_ns(figures["read"]) or 0


def _cpu_millis(before: Mapping[str, Any], now: Mapping[str, Any]) -> int:
    """Thousandths of a core between two answers; 0 when the instance was restarted between them."""
    used_ns = now["cpu_stats"]["cpu_usage"]["total_usage"] - before["cpu_stats"]["cpu_usage"]["total_usage"]
    passed_ns = _read_at_ns(now) - _read_at_ns(before)
    return round(1000 * used_ns / passed_ns) if passed_ns > 0 and used_ns > 0 else 0


def _memory_in_use(memory: Mapping[str, Any]) -> int:
    """Without the file cache that the kernel would give back (its name differs between cgroup v1 and v2)."""
    details = memory.get("stats") or {}
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return max(int(memory.get("usage", 0)) - int(cache), 0)


def _disk(figures: Mapping[str, Any], operation: str) -> int:
    entries = figures.get("blkio_stats", {}).get("io_service_bytes_recursive") or ()
    return sum(entry["value"] for entry in entries if entry["op"].lower() == operation)
