"""Counters inside one process."""

from __future__ import annotations

from domain.limits import Rate
from domain.ports.clock import Clock, SystemClock
from domain.ports.counters import Verdict
from drivers.counters.window import UNLIMITED, Window

_SWEEP_MIN = 1024


class MemoryCounters:
    """Shared by all who share the object; forgets windows that have passed."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._hits: dict[str, dict[Window, dict[int, int]]] = {}
        self._sweep_at = _SWEEP_MIN

    def __len__(self) -> int:
        """How many keys it remembers."""
        return len(self._hits)

    async def hit(self, key: str, rate: Rate, cost: int = 1) -> Verdict:
        if cost < 1:
            raise ValueError("cost must be at least 1")
        return self._judge(key, rate, cost, count=True)

    async def peek(self, key: str, rate: Rate) -> Verdict:
        return self._judge(key, rate, 1, count=False)

    def _judge(self, key: str, rate: Rate, cost: int, *, count: bool) -> Verdict:
        if rate.count == 0:
            return UNLIMITED
        window, now_us = Window.of(rate), self._now_us()
        hits = self._current(key, window, now_us)
        allowed = sum(hits.values()) + cost <= window.limit
        if allowed and count:
            bucket = window.bucket(now_us)
            hits[bucket] = hits.get(bucket, 0) + cost
            self._hits.setdefault(key, {})[window] = hits
            self._sweep(now_us)
        return window.verdict(hits, now_us, allowed=allowed, wanted=1 if allowed else cost)

    def _current(self, key: str, window: Window, now_us: int) -> dict[int, int]:
        kept = self._hits.get(key, {}).get(window, {})
        oldest = window.oldest(now_us)
        return {bucket: count for bucket, count in kept.items() if bucket >= oldest}

    def _sweep(self, now_us: int) -> None:
        if len(self._hits) < self._sweep_at:
            return
        self._hits = {
            key: windows
            for key, windows in self._hits.items()
            if any(window.free_at_us(max(hits)) > now_us for window, hits in windows.items())
        }
        self._sweep_at = max(_SWEEP_MIN, 2 * len(self._hits))

    def _now_us(self) -> int:
        return int(self._clock.now().timestamp() * 1_000_000)

    async def clear(self, key: str) -> None:
        self._hits.pop(key, None)

    async def close(self) -> None:
        """Nothing to give back: others may share the object."""
