"""Reads numbered lines from one answer of the engine's log route."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from domain.ports.runtime import LogLine
from drivers.runtime.docker.errors import domain_errors
from drivers.runtime.docker.exchange import Exchange
from drivers.runtime.docker.frames import STREAMS, Frames
from drivers.runtime.docker.log_lines import Cursor, LineAssembler, Numbering

Numbered = tuple[Cursor, LogLine]


class LogReader:
    """Lines in order. met: whether the line that skip_to() named has come by."""

    def __init__(self, exchange: Exchange, tty: bool) -> None:
        self.met = False
        self._exchange = exchange
        self._frames = None if tty else Frames()
        streams = ("console",) if tty else tuple(dict.fromkeys(STREAMS.values()))
        self._assemblers = {stream: LineAssembler() for stream in streams}
        self._numbering = Numbering()
        self._ready: deque[Numbered] = deque()
        self._skip: Cursor | None = None

    def skip_to(self, place: Cursor) -> None:
        """Leave out what stands up to and at a place, also of what was peeked at."""
        self._skip = place

    async def peek(self) -> Numbered | None:
        """The next line, left where it is; None at the end."""
        found = await self.take()
        if found is not None:
            self._ready.appendleft(found)
        return found

    async def take(self) -> Numbered | None:
        """The next line; None at the end."""
        while (found := await self._take_any()) is not None:
            if self._skip is None:
                return found
            self.met = self.met or found[0] == self._skip
            if found[0] >= self._skip:
                passed, self._skip = self._skip, None
                if found[0] > passed:
                    return found
        return None

    @property
    def messages(self) -> int:
        """How many the engine has sent so far; a long line takes several."""
        return sum(assembler.messages for assembler in self._assemblers.values())

    async def rest(self) -> list[Numbered]:
        """All that is left of a finite answer."""
        lines = []
        while (found := await self.take()) is not None:
            lines.append(found)
        return lines

    def close(self) -> None:
        """End it for whoever reads."""
        self._exchange.close()

    async def _take_any(self) -> Numbered | None:
        while not self._ready:
            piece = await self._exchange.piece()
            with domain_errors():
                self._ready.extend(self._lines_of(piece) if piece else self._last_lines())
            if not piece:
                break
        return self._ready.popleft() if self._ready else None

    def _lines_of(self, piece: bytes) -> Iterable[Numbered]:
        for stream, payload in self._frames.feed(piece) if self._frames is not None else [("console", piece)]:
            for stamp, text in self._assemblers[stream].feed(payload):
                yield self._numbering.line(stream, stamp, text)

    def _last_lines(self) -> Iterable[Numbered]:
        for stream, assembler in self._assemblers.items():
            for stamp, text in assembler.finish():
                yield self._numbering.line(stream, stamp, text)
