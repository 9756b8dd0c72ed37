"""One change at a time per instance."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID


class Turns:
    """Locks that exist only while somebody holds or awaits them."""

    def __init__(self) -> None:
        self._locks: dict[UUID, asyncio.Lock] = {}
        self._interested: dict[UUID, int] = {}

    @contextlib.asynccontextmanager
    async def take(self, instance_id: UUID) -> AsyncIterator[None]:
        lock = self._locks.setdefault(instance_id, asyncio.Lock())
        self._interested[instance_id] = self._interested.get(instance_id, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._interested[instance_id] -= 1
            if not self._interested[instance_id]:
                del self._interested[instance_id], self._locks[instance_id]
