"""The feed: tails the outbox by position and hands every event to those in this process who asked for it.

No row is consumed: each process has its own feed. The bus is only the wake-up, so events of a command line or of
another machine are heard as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from domain.errors import Unavailable
from domain.jobs.delivery import Delivered, Match, Subscriber, read_after
from domain.jobs.relay import POLL_S, POSITIONED
from domain.jobs.story import Story, cursor_of, open_story
from domain.models.outbox import OutboxCursor
from domain.ports import Ports

BATCH = 500


class EventFeed:
    """One per process. run() must be running for anything to arrive."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._subscribers: set[Subscriber] = set()
        self._wake = asyncio.Event()
        self._position: int | None = None
        self._started = asyncio.Event()

    @property
    def position(self) -> int:
        """The last position handed out here."""
        return self._position or 0

    async def run(self) -> None:
        """Tail until cancelled. Subscribers stay subscribed when it is run again after a fault: nothing is skipped."""
        if self._position is None:
            cursor = await OutboxCursor.get_or_none(id=1)
            self._position = cursor.last_position if cursor else 0
        self._started.set()
        listener = asyncio.create_task(self._listen())
        try:
            while True:
                self._wake.clear()
                if not await self._advance():
                    with suppress(TimeoutError):
                        async with asyncio.timeout(POLL_S):
                            await self._wake.wait()
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    @asynccontextmanager
    async def subscribe(
        self, match: Match, *, latest_per_topic: bool = False, max_pending: int = 1024
    ) -> AsyncIterator[Subscriber]:
        """Everything that matches, from the moment the block is entered.

        latest_per_topic: a slow reader finds only the newest event of each topic and name. Otherwise it finds all of
        them, or, when more than max_pending wait, FeedOverflow.
        """
        await self._started.wait()
        subscriber = Subscriber(match, latest_per_topic=latest_per_topic, max_pending=max_pending)
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)

    @asynccontextmanager
    async def follow(self, match: Match, after: str | None, *, max_pending: int = 1024) -> AsyncIterator[Story]:
        """What matches after a cursor, out of the store and then live, nothing lost or doubled (None: live only).

        max_pending: as in subscribe. InvalidInput: the cursor is not one of ours.
        """
        async with self.subscribe(match, max_pending=max_pending) as live:
            yield await open_story(match, after, live, self.position)

    async def _advance(self) -> int:
        """Hand out what came since; how many there were."""
        events = await read_after(self.position, BATCH)
        for event in events:
            for subscriber in tuple(self._subscribers):
                subscriber.offer(event)
            self._position = event.position
        return len(events)

    async def _listen(self) -> None:
        while True:
            with suppress(Unavailable):
                async with self._ports.bus.subscribe([POSITIONED]) as messages:
                    async for _ in messages:
                        self._wake.set()
            await asyncio.sleep(POLL_S)


__all__ = ["Delivered", "EventFeed", "Match", "Story", "cursor_of"]
