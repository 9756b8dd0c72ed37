"""How fast one socket may speak: a bucket of messages that refills steadily."""

from __future__ import annotations

from domain.limits import Rate


class Pace:
    """At most rate.count messages at once, and so many per rate.per_s in the long run."""

    __slots__ = ("_burst_s", "_each_s", "_free_at")

    def __init__(self, rate: Rate) -> None:
        self._each_s = rate.per_s / rate.count
        self._burst_s = rate.per_s - self._each_s * 0.999  # sums of floats are a little off
        self._free_at = 0.0

    def take(self, now: float) -> float:
        """Seconds to wait before the next message may be taken; 0.0: this one is taken."""
        free_at = max(self._free_at, now)
        wait_s = free_at - now - self._burst_s
        if wait_s > 0:
            return wait_s
        self._free_at = free_at + self._each_s
        return 0.0
