"""Port: at most one holder of a name at a time, also across processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lease:
    """name held by holder. fence grows with every change of hands: a write guarded by it refuses an old holder."""

    name: str
    holder: str
    fence: int


class Leases(Protocol):
    """A lease lapses ttl_s after it was taken or renewed, whoever holds it. Time is the store's, not the caller's."""

    async def acquire(self, name: str, holder: str, ttl_s: float) -> Lease | None:
        """Take a free or lapsed lease, or prolong one's own; None when another holds it."""

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        """Prolong; False when it was lost."""

    async def release(self, lease: Lease) -> None:
        """Give it back at once; one that was lost is left alone."""

    async def held(self) -> list[Lease]:
        """Every lease that somebody holds right now, in the order of their names."""

    async def close(self) -> None: ...
