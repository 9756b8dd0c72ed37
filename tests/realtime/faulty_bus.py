"""A bus whose faults a test chooses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from domain.errors import Unavailable
from domain.ports.bus import Bus, BusGap, BusMessage


class FaultyBus:
    """is_cut: nothing can be published. swallows: what is published is lost. doubles: it comes twice."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.is_cut = False
        self.swallows = False
        self.doubles = False

    async def publish(self, topic: str, data: bytes) -> None:
        if self.is_cut:
            raise Unavailable("The message bus cannot be reached.")
        for _ in range(0 if self.swallows else 2 if self.doubles else 1):
            await self._bus.publish(topic, data)

    @asynccontextmanager
    async def subscribe(
        self, topics: Collection[str], *, max_pending: int = 1024
    ) -> AsyncIterator[AsyncIterator[BusMessage | BusGap]]:
        async with self._bus.subscribe(topics, max_pending=max_pending) as messages:
            yield messages

    async def check(self) -> None:
        return

    async def close(self) -> None:
        await self._bus.close()
