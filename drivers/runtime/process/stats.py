"""What an instance uses, measured with psutil over everyone who descends from its supervisor.

The network is the machine's own, so what one instance sends cannot be told apart: those counters stay 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import psutil

from domain.ports.runtime import StatsSample
from drivers.runtime.process.supervise.procfs import is_alive, proportional_bytes

ALIVE_CHECK_S = 1.0
_SANDBOX_PROGRAM = "bwrap"
_GONE = (psutil.NoSuchProcess, psutil.AccessDenied)


class Meter:
    """Two looks make a sample: the first is taken when it is made. memory_limit_bytes: repeated in every sample."""

    def __init__(self, supervisor_pid: int, supervisor_ticks: int, memory_limit_bytes: int) -> None:
        self._supervisor = (supervisor_pid, supervisor_ticks)
        self._memory_limit_bytes = memory_limit_bytes
        self._cpu_s: dict[psutil.Process, float] = {}
        self._disk: dict[psutil.Process, tuple[int, int]] = {}
        self._disk_of_the_ended = (0, 0)
        self._looked_at = time.monotonic()
        self._used_s(self._members())

    def is_over(self) -> bool:
        return not is_alive(*self._supervisor)

    def sample(self) -> StatsSample | None:
        """None when nobody is left."""
        members = self._members()
        if not members:
            return None
        used_s = self._used_s(members)
        now = time.monotonic()
        elapsed_s, self._looked_at = now - self._looked_at, now
        read, written = self._disk_bytes(members)
        return StatsSample(
            at=datetime.now(UTC),
            cpu_millis=round(used_s / max(elapsed_s, 1e-3) * 1000),
            memory_bytes=sum(proportional_bytes(process.pid) for process in members),
            memory_limit_bytes=self._memory_limit_bytes,
            network_received_bytes=0,
            network_sent_bytes=0,
            disk_read_bytes=read,
            disk_written_bytes=written,
            process_count=len(members),
        )

    def _members(self) -> list[psutil.Process]:
        """Bubblewrap's own two processes are ours, not the instance's."""
        members: list[psutil.Process] = []
        if self.is_over():
            return members
        with contextlib.suppress(*_GONE):
            for process in psutil.Process(self._supervisor[0]).children(recursive=True):
                with contextlib.suppress(*_GONE):
                    if process.name() != _SANDBOX_PROGRAM and process.status() != psutil.STATUS_ZOMBIE:
                        members.append(process)
        return members

    def _used_s(self, members: list[psutil.Process]) -> float:
        """CPU seconds since the last look; all it ever used for a process that was not there then."""
        before, self._cpu_s = self._cpu_s, {}
        used_s = 0.0
        for process in members:
            with contextlib.suppress(*_GONE):
                times = process.cpu_times()
                self._cpu_s[process] = times.user + times.system
                used_s += self._cpu_s[process] - before.get(process, 0.0)
        return used_s

    def _disk_bytes(self, members: list[psutil.Process]) -> tuple[int, int]:
        """(read, written), those who ended since the first look included as far as they were seen."""
        for process in self._disk.keys() - set(members):
            self._disk_of_the_ended = _sum([self._disk_of_the_ended, self._disk.pop(process)])
        for process in members:
            with contextlib.suppress(*_GONE):
                counters = process.io_counters()
                self._disk[process] = (counters.read_bytes, counters.write_bytes)
        return _sum([self._disk_of_the_ended, *self._disk.values()])


def _sum(pairs: list[tuple[int, int]]) -> tuple[int, int]:
    return sum(read for read, _ in pairs), sum(written for _, written in pairs)


class ProcessStatsStream:
    """One sample per interval until the instance stops. meter None: it does not run, there are none."""

    def __init__(self, meter: Meter | None, interval_s: float) -> None:
        self._meter = meter
        self._interval_s = interval_s
        self._closed = asyncio.Event()

    def close(self) -> None:
        """Whoever waits for a sample gets the end of the iteration."""
        self._closed.set()

    def __aiter__(self) -> AsyncIterator[StatsSample]:
        return self

    async def __anext__(self) -> StatsSample:
        if self._meter is not None and await self._wait(self._meter):
            sample = await asyncio.to_thread(self._meter.sample)
            if sample is not None:
                return sample
        raise StopAsyncIteration

    async def _wait(self, meter: Meter) -> bool:
        """One interval. False as soon as the instance has ended or the stream was closed."""
        left_s = self._interval_s
        while left_s > 0 and not meter.is_over() and not self._closed.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, ALIVE_CHECK_S)):
                    await self._closed.wait()
            left_s -= ALIVE_CHECK_S
        return not self._closed.is_set()
