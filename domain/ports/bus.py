"""Port: small messages to whoever listens now, in this process or in another replica."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BusMessage:
    """topic: as published. data: opaque bytes."""

    topic: str
    data: bytes


@dataclass(frozen=True, slots=True)
class BusGap:
    """Messages of any of the subscribed topics may have been lost here (overflow, trimmed log, reconnect)."""


class Bus(Protocol):
    """Order is kept per topic and publisher. Delivery is at least once while connected; a loss is told by BusGap."""

    async def publish(self, topic: str, data: bytes) -> None:
        """Hand a message to everyone subscribed, here and elsewhere. Unavailable: the bus cannot be reached."""

    def subscribe(
        self, topics: Collection[str], *, max_pending: int = 1024
    ) -> AbstractAsyncContextManager[AsyncIterator[BusMessage | BusGap]]:
        """Live from the moment the block is entered; what is published later is seen.

        A reader that falls more than max_pending behind loses the oldest and finds a BusGap in their place.
        """

    async def check(self) -> None:
        """Unavailable when the bus cannot be reached."""

    async def close(self) -> None: ...
