"""The bus inside one process: what the embedded gateway and the tests use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from domain.errors import Unavailable
from domain.ports.bus import BusGap, BusMessage
from drivers.bus.mailbox import Mailbox, Switchboard


class MemoryHub:
    """What several MemoryBus objects of one event loop share, so that two gateways in one process hear each other."""

    def __init__(self) -> None:
        self.switchboard = Switchboard()


class MemoryBus:
    """Delivers at once, in the order of publishing. Closing one bus leaves the others of its hub alone."""

    def __init__(self, hub: MemoryHub | None = None) -> None:
        self._switchboard = (hub or MemoryHub()).switchboard
        self._own: set[Mailbox] = set()
        self._closed = False

    async def publish(self, topic: str, data: bytes) -> None:
        await self.check()
        self._switchboard.deliver(BusMessage(topic, data))
        await asyncio.sleep(0)  # a publisher that never waits would starve its readers into gaps

    @asynccontextmanager
    async def subscribe(
        self, topics: Collection[str], *, max_pending: int = 1024
    ) -> AsyncIterator[AsyncIterator[BusMessage | BusGap]]:
        await self.check()
        topics, mailbox = frozenset(topics), Mailbox(max_pending)
        self._own.add(mailbox)
        self._switchboard.join(topics, mailbox)
        try:
            yield mailbox
        finally:
            self._switchboard.leave(topics, mailbox)
            self._own.discard(mailbox)

    async def check(self) -> None:
        if self._closed:
            raise Unavailable("The message bus is closed.")

    async def close(self) -> None:
        self._closed = True
        for mailbox in self._own:
            mailbox.close()
