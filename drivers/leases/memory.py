"""Leases inside one process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ports.clock import Clock, SystemClock
from domain.ports.leases import Lease


@dataclass(slots=True)
class _Held:
    holder: str
    fence: int
    expires_at: datetime


class MemoryLeases:
    """Between all who share the object."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._held: dict[str, _Held] = {}

    async def acquire(self, name: str, holder: str, ttl_s: float) -> Lease | None:
        now = self._clock.now()
        held = self._held.get(name) or _Held("", 0, now)
        if held.expires_at <= now:
            held = self._held[name] = _Held(holder, held.fence + 1, now)
        elif held.holder != holder:
            return None
        held.expires_at = now + timedelta(seconds=ttl_s)
        return Lease(name, holder, held.fence)

    async def renew(self, lease: Lease, ttl_s: float) -> bool:
        held = self._still_held(lease)
        if held is not None:
            held.expires_at = self._clock.now() + timedelta(seconds=ttl_s)
        return held is not None

    async def release(self, lease: Lease) -> None:
        if (held := self._still_held(lease)) is not None:
            held.expires_at = self._clock.now()

    async def held(self) -> list[Lease]:
        now = self._clock.now()
        live = [(name, held) for name, held in sorted(self._held.items()) if held.expires_at > now]
        return [Lease(name, held.holder, held.fence) for name, held in live]

    def _still_held(self, lease: Lease) -> _Held | None:
        held = self._held.get(lease.name)
        if held is None or held.fence != lease.fence or held.expires_at <= self._clock.now():
            return None
        return held

    async def close(self) -> None:
        """Nothing to give back: others may share the object."""
