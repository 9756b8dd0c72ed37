"""A log that is read from the store and then goes on live, each line once."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator

from domain.ports.runtime import LogLine, LogStream

REMEMBERED = 20_000


class LiveLog:
    """live was joined before stored was opened, so the two overlap and nothing falls in between."""

    def __init__(self, stored: LogStream, live: AsyncIterator[LogLine]) -> None:
        self.recovered = stored.recovered
        self._stored = stored
        self._live = live

    async def __aiter__(self) -> AsyncIterator[LogLine]:
        recent: deque[str] = deque(maxlen=REMEMBERED)
        async for line in self._stored:
            recent.append(line.cursor)
            yield line
        seen = set(recent)
        async for line in self._live:
            if seen and line.cursor in seen:
                continue
            seen.clear()
            yield line
