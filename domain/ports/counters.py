"""Port: how often something happened lately. Numbers live in domain/limits.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from domain.limits import Rate


@dataclass(frozen=True, slots=True)
class Verdict:
    """allowed: this hit passes. remaining: hits left. reset_after_s: until all are free; retry_after_s: until one."""

    allowed: bool
    limit: int
    remaining: int
    reset_after_s: float
    retry_after_s: float


class Counters(Protocol):
    """Sliding windows, shared by every replica that uses the same driver instance or server."""

    async def hit(self, key: str, rate: Rate, cost: int = 1) -> Verdict:
        """Count one use of key; a refused hit is not counted."""

    async def peek(self, key: str, rate: Rate) -> Verdict:
        """The same answer without counting."""

    async def clear(self, key: str) -> None:
        """Forget a key."""

    async def close(self) -> None: ...
