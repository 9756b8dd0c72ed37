"""A container's log: the last lines, all after a cursor, and what comes.

The past is read first, as a finite answer; then a second request follows from the last line's cursor. So it is known
at once whether a cursor's line is still there, and lines of one time stamp are counted from the first of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

from domain.errors import NotFound
from domain.ports.runtime import LogLine
from drivers.runtime.docker.containers import Containers
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.log_lines import Cursor, parse_cursor
from drivers.runtime.docker.log_reader import LogReader, Numbered

FOLLOW_WINDOW = 200
_CONTEXT_LINES = 2
"""Read before a tail, to know that its first line is whole and the first of its time stamp."""


class Logs:
    """The logs on one engine."""

    def __init__(self, engine: Engine, containers: Containers) -> None:
        self._engine = engine
        self._containers = containers

    @asynccontextmanager
    async def open(
        self, instance_id: UUID, tail: int | None, after: str | None, follow: bool
    ) -> AsyncIterator[DockerLogStream]:
        """Lines after a cursor, or the last `tail` (None: all), then what comes until the instance stops."""
        cursor = parse_cursor(after) if after is not None else None
        container = await self._containers.get(instance_id)
        source = LogSource(self._engine, container["Id"], bool(container["Config"]["Tty"]))
        try:
            if cursor is not None:
                yield await _after(source, cursor, follow)
            elif tail is not None:
                yield await _last_lines(source, max(tail, 0), follow)
            else:
                yield DockerLogStream(source, reader=await source.read(), follow=follow)
        finally:
            source.close()


class LogSource:
    """Requests for one container's log, one open at a time."""

    def __init__(self, engine: Engine, runtime_id: str, tty: bool) -> None:
        self._engine = engine
        self._path = f"/containers/{runtime_id}/logs"
        self._tty = tty
        self._reader: LogReader | None = None
        self._closed = False

    async def read(self, **query: str) -> LogReader:
        """The lines that a query of the engine gives, numbered from its first; ends what was read before."""
        if self._reader is not None:
            self._reader.close()
        every = {"stdout": "1", "stderr": "1", "timestamps": "1", **query}
        self._reader = LogReader(await self._engine.open("GET", self._path, every), self._tty)
        if self._closed:
            self._reader.close()
        return self._reader

    async def follow(self, last: Cursor | None) -> LogReader:
        """What comes after a place (None: from the beginning).

        The cursor's line must be among what is read, and its time stamp counted from the first line that has it. A
        small window from the end will do, if it begins earlier; else the engine searches its files for the moment.
        """
        if last is None:
            return await self.read(follow="1")
        reader = await self.read(follow="1", tail=str(FOLLOW_WINDOW))
        first = await reader.peek()
        if first is not None and first[0].at_ns >= last.at_ns:
            reader = await self.read(follow="1", since=last.since)
        reader.skip_to(last)
        return reader

    def close(self) -> None:
        """End what is being read, by whomever."""
        self._closed = True
        if self._reader is not None:
            self._reader.close()


class DockerLogStream:
    """past: lines that were read already. reader: gives more of the past. last: the place before all of them."""

    def __init__(
        self,
        source: LogSource,
        *,
        past: Iterable[Numbered] = (),
        reader: LogReader | None = None,
        last: Cursor | None = None,
        follow: bool,
        recovered: bool | None = None,
    ) -> None:
        self.recovered = recovered
        self._source = source
        self._past = deque(past)
        self._reader = reader
        self._last = last
        self._follow = follow

    def __aiter__(self) -> DockerLogStream:
        return self

    async def __anext__(self) -> LogLine:
        while (found := await self._next()) is None:
            if not self._follow:
                raise StopAsyncIteration
            self._follow = False
            await self._begin_to_follow()
        self._last, line = found
        return line

    async def _next(self) -> Numbered | None:
        if self._past:
            return self._past.popleft()
        return await self._reader.take() if self._reader is not None else None

    async def _begin_to_follow(self) -> None:
        try:
            self._reader = await self._source.follow(self._last)
        except NotFound:
            self._reader = None  # removed since


async def _after(source: LogSource, cursor: Cursor, follow: bool) -> DockerLogStream:
    """Skip to the cursor. Its line is missing when the log was rotated, or begun anew, since."""
    reader = await source.read(since=cursor.since)
    reader.skip_to(cursor)
    await reader.peek()
    return DockerLogStream(source, reader=reader, last=cursor, follow=follow, recovered=reader.met)


async def _last_lines(source: LogSource, count: int, follow: bool) -> DockerLogStream:
    """The engine counts parts of long lines as lines and may begin amid one, so more is read where that is too few."""
    asked = count + _CONTEXT_LINES
    while True:
        reader = await source.read(tail=str(asked))
        lines = await reader.rest()
        is_all = reader.messages < asked
        if not is_all:
            lines = _surely_whole(lines)
        if is_all or len(lines) >= max(count, 1):
            last = lines[-1][0] if lines else None
            return DockerLogStream(source, past=lines[-count:] if count else (), last=last, follow=follow)
        asked *= 4


def _surely_whole(lines: list[Numbered]) -> list[Numbered]:
    """Leave out those with the first one's time stamp: what else had it, before them, is not known."""
    return [(place, line) for place, line in lines if place.at_ns != lines[0][0].at_ns]
