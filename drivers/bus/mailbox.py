"""Where messages wait for one subscriber, and the switchboard that finds the subscribers of a topic."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection

from domain.ports.bus import BusGap, BusMessage


class Mailbox:
    """An async iterator for one reader. Full: the oldest falls out and a BusGap stands in its place."""

    def __init__(self, max_pending: int) -> None:
        if max_pending < 1:
            raise ValueError("max_pending must be at least 1")
        self._max_pending = max_pending
        self._pending: deque[BusMessage | BusGap] = deque()
        self._overflowed = False
        self._closed = False
        self._wake = asyncio.Event()

    def put(self, item: BusMessage | BusGap) -> None:
        if len(self._pending) >= self._max_pending:
            self._pending.popleft()
            self._overflowed = True
        self._pending.append(item)
        self._wake.set()

    def tell_gap(self) -> None:
        """Something may be missing after what is pending; two gaps in a row say no more than one."""
        if not self._pending or not isinstance(self._pending[-1], BusGap):
            self.put(BusGap())

    def close(self) -> None:
        """The reader gets what is pending, then the end."""
        self._closed = True
        self._wake.set()

    def __aiter__(self) -> Mailbox:
        return self

    async def __anext__(self) -> BusMessage | BusGap:
        while True:
            if self._overflowed:
                self._overflowed = False
                return BusGap()
            if self._pending:
                return self._pending.popleft()
            if self._closed:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()


class Switchboard:
    """topic → mailboxes. For one event loop."""

    def __init__(self) -> None:
        self._mailboxes: dict[str, dict[Mailbox, None]] = {}

    def join(self, topics: Collection[str], mailbox: Mailbox) -> None:
        for topic in topics:
            self._mailboxes.setdefault(topic, {})[mailbox] = None

    def leave(self, topics: Collection[str], mailbox: Mailbox) -> None:
        for topic in topics:
            if (joined := self._mailboxes.get(topic)) is not None:
                joined.pop(mailbox, None)
                if not joined:
                    del self._mailboxes[topic]

    def deliver(self, message: BusMessage) -> None:
        for mailbox in self._mailboxes.get(message.topic, ()):
            mailbox.put(message)

    def tell_gap(self, concerns: Callable[[str], bool]) -> None:
        """Tell everyone who listens to a topic that it concerns, once each."""
        told = {mailbox for topic, joined in self._mailboxes.items() if concerns(topic) for mailbox in joined}
        for mailbox in told:
            mailbox.tell_gap()

    def close(self) -> None:
        for joined in self._mailboxes.values():
            for mailbox in joined:
                mailbox.close()
