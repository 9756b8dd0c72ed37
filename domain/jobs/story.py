"""A story: events from a cursor on, first those that are stored, then live ones, each once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from tortoise.expressions import Q

from domain.errors import InvalidInput
from domain.jobs.delivery import Delivered, FeedOverflow, Match
from domain.models.outbox import OutboxCursor, OutboxEvent

PAGE = 200
_PREFIX = "e"
_CURSOR = re.compile(_PREFIX + r"[0-9a-f]{1,16}")


def cursor_of(position: int) -> str:
    """A position as the opaque text clients keep."""
    return f"{_PREFIX}{position:x}"


def position_of(cursor: str) -> int:
    """InvalidInput: not a cursor of ours."""
    if not _CURSOR.fullmatch(cursor):
        raise InvalidInput("This cursor is not one of ours.", field="after")
    return int(cursor[len(_PREFIX) :], 16)


class Story:
    """recovered: None without a cursor; True when everything after it follows; False when some was pruned."""

    def __init__(
        self, match: Match, start: int, live_from: int, recovered: bool | None, live: AsyncIterator[Delivered]
    ) -> None:
        self.recovered = recovered
        self._match = match
        self._position = start
        self._live_from = live_from
        self._live = live

    async def __aiter__(self) -> AsyncIterator[Delivered]:
        while self._position < self._live_from:
            rows = await self._stored()
            await self._refuse_hole()
            for event in rows:
                self._position = event.position
                yield event
            if len(rows) < PAGE:
                self._position = max(self._position, self._live_from)
        async for event in self._live:
            if event.position > self._position:
                yield event

    async def _refuse_hole(self) -> None:
        """Retention may overtake a slow reader; then it must resume and be told."""
        if await OutboxCursor.filter(id=1, pruned_position__gt=self._position).exists():
            raise FeedOverflow("Events were removed before they were read; resume from the last cursor.")

    async def _stored(self) -> list[Delivered]:
        wanted = Q(topic__in=list(self._match.topics)) | Q(noun__in=list(self._match.nouns))
        rows = OutboxEvent.filter(wanted, position__gt=self._position, position__lte=self._live_from)
        if self._match.tenants is not None:
            rows = rows.filter(tenant_id__in=list(self._match.tenants))
        for noun, tenants in self._match.narrowed.items():
            if tenants is not None:
                rows = rows.filter(~Q(noun=noun) | Q(tenant_id__in=list(tenants)))
        return [Delivered.of(row) for row in await rows.order_by("position").limit(PAGE)]


async def open_story(match: Match, after: str | None, live: AsyncIterator[Delivered], live_from: int) -> Story:
    """live: subscribed already, and will bring everything beyond live_from."""
    if after is None:
        return Story(match, live_from, live_from, None, live)
    start = position_of(after)
    cursor = await OutboxCursor.get_or_none(id=1)
    pruned, last = (cursor.pruned_position, cursor.last_position) if cursor else (0, 0)
    # A cursor from beyond the end belongs to a database that was since replaced by an older one. One from beyond
    # live_from was given by a replica whose feed is ahead of ours: what it has seen comes live here, and is left out.
    recovered = pruned <= start <= last
    return Story(match, max(start, pruned) if start <= last else live_from, live_from, recovered, live)
