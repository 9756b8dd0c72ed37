"""An event on its way to one subscriber: what it matches, and what happens when the reader is slow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.errors import Unavailable
from domain.models.outbox import OutboxEvent


class FeedOverflow(Unavailable):
    """The reader fell too far behind; resume from the last cursor it saw."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event with its position in the one global order."""

    position: int
    name: str
    topic: str
    noun: str
    tenant_id: UUID | None
    payload: dict[str, Any]
    created_at: datetime

    @classmethod
    def of(cls, row: OutboxEvent) -> Delivered:
        assert row.position is not None
        return cls(row.position, row.name, row.topic, row.noun, row.tenant_id, row.payload, row.created_at)


@dataclass(frozen=True, slots=True)
class Match:
    """Topics or nouns (either suffices), inside these tenants. tenants None: all, and what belongs to none.

    narrowed: nouns whose events are wanted of these tenants instead.
    """

    topics: frozenset[str] = frozenset()
    nouns: frozenset[str] = frozenset()
    tenants: frozenset[UUID] | None = None
    narrowed: Mapping[str, frozenset[UUID] | None] = field(default_factory=dict)

    def wants(self, event: Delivered) -> bool:
        tenants = self.narrowed.get(event.noun, self.tenants)
        if tenants is not None and event.tenant_id not in tenants:
            return False
        return event.topic in self.topics or event.noun in self.nouns


class Subscriber:
    """A bounded queue of one reader; iterate it."""

    def __init__(self, match: Match, *, latest_per_topic: bool, max_pending: int) -> None:
        self._match = match
        self._latest_per_topic = latest_per_topic
        self._max_pending = max_pending
        self._queue: deque[Delivered] = deque()
        self._latest: dict[tuple[str, str], Delivered] = {}
        self._overflowed = False
        self._arrived = asyncio.Event()

    def offer(self, event: Delivered) -> None:
        """Called by the feed; never waits."""
        if self._overflowed or not self._match.wants(event):
            return
        if self._latest_per_topic:
            # What happened to one thing in different ways is not the same news.
            key = (event.topic, event.name)
            self._latest.pop(key, None)
            self._latest[key] = event
        elif len(self._queue) < self._max_pending:
            self._queue.append(event)
        else:
            self._overflowed = True
        self._arrived.set()

    def __aiter__(self) -> Subscriber:
        return self

    async def __anext__(self) -> Delivered:
        while (event := self.take()) is None:
            await self.wait()
        return event

    def take(self) -> Delivered | None:
        """The next event if one is there. FeedOverflow: after the last before the gap."""
        if self._queue:
            return self._queue.popleft()
        if self._latest:
            return self._latest.pop(next(iter(self._latest)))
        if self._overflowed:
            raise FeedOverflow("Too many events waited to be read; resume from the last cursor.")
        self._arrived.clear()
        return None

    async def wait(self) -> None:
        """Until something comes, or somebody nudges."""
        await self._arrived.wait()

    def nudge(self) -> None:
        """Wake who waits, though nothing came."""
        self._arrived.set()


async def read_after(position: int, limit: int) -> list[Delivered]:
    """The next events in order. Positions are given without gaps, in the order in which they become visible."""
    rows = await OutboxEvent.filter(position__gt=position).order_by("position").limit(limit)
    return [Delivered.of(row) for row in rows]
