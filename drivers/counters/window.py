"""A sliding window as a few buckets: never more than the limit in any window, in a bounded number of counters.

A hit counts until its whole bucket has left the window, so it is freed at most one bucket (1/30 of the window) late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.limits import Rate
from domain.ports.counters import Verdict

BUCKETS = 30
UNLIMITED = Verdict(allowed=True, limit=0, remaining=0, reset_after_s=0.0, retry_after_s=0.0)


@dataclass(frozen=True, slots=True)
class Window:
    """Times are whole microseconds. A bucket is named by its number since the epoch."""

    limit: int
    bucket_us: int

    @classmethod
    def of(cls, rate: Rate) -> Window:
        return cls(rate.count, max(1, -(-round(rate.per_s * 1_000_000) // BUCKETS)))

    def bucket(self, now_us: int) -> int:
        return now_us // self.bucket_us

    def oldest(self, now_us: int) -> int:
        """The first bucket that still counts."""
        return self.bucket(now_us) - BUCKETS

    def free_at_us(self, bucket: int) -> int:
        return (bucket + BUCKETS + 1) * self.bucket_us

    @property
    def span_us(self) -> int:
        """After this long without a hit nothing is left to know."""
        return (BUCKETS + 1) * self.bucket_us

    def verdict(self, hits: Mapping[int, int], now_us: int, *, allowed: bool, wanted: int) -> Verdict:
        """hits: bucket → count, only those that still count. wanted: the cost that retry_after_s must make room for."""
        remaining = max(0, self.limit - sum(hits.values()))
        last_us = self.free_at_us(max(hits)) if hits else now_us
        retry_us = self._room_at_us(hits, now_us, min(wanted, self.limit))
        return Verdict(
            allowed=allowed,
            limit=self.limit,
            remaining=remaining,
            reset_after_s=(last_us - now_us) / 1_000_000,
            retry_after_s=(retry_us - now_us) / 1_000_000,
        )

    def _room_at_us(self, hits: Mapping[int, int], now_us: int, wanted: int) -> int:
        room = self.limit - sum(hits.values())
        at_us = now_us
        for bucket in sorted(hits):
            if room >= wanted:
                break
            room += hits[bucket]
            at_us = self.free_at_us(bucket)
        return at_us
