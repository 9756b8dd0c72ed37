"""From the engine's log bytes to lines, and the cursors between them. No I/O.

A message begins with its time stamp. A line over 16 KiB comes as several messages with one time stamp; the last line
before an exit may lack its newline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.errors import InvalidInput
from domain.ports.runtime import LogLine
from drivers.runtime.docker.errors import EngineFault
from drivers.runtime.docker.observe import from_ns, since_epoch_ns

PART_BYTES = 16 * 1024
MAX_LINE_BYTES = 16 * PART_BYTES
"""A longer line is cut here, always at the same place."""

_STAMP = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(?:Z|[+-]\d\d:\d\d)) ")
_STAMP_BYTES = 36
_CURSOR = re.compile(r"([0-9]{1,19})\.([0-9]{1,9})")


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A line's place: its nanosecond, and which of that nanosecond's lines it is (from 1)."""

    at_ns: int
    ordinal: int

    def __str__(self) -> str:
        return f"{self.at_ns}.{self.ordinal}"

    @property
    def since(self) -> str:
        """The moment as the engine's since and until take it; both include it."""
        return f"{self.at_ns // 10**9}.{self.at_ns % 10**9:09d}"


def parse_cursor(text: str) -> Cursor:
    """Raises InvalidInput."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise InvalidInput("That is not a cursor of this log.", field="after")
    return Cursor(int(found[1]), int(found[2]))


@dataclass(slots=True)
class _Pending:
    stamp: bytes
    text: bytes = b""


class LineAssembler:
    """Turns one stream's pieces into (time stamp, text) pairs. A piece is a message where nothing re-cut the stream.

    messages: how many have begun.
    """

    def __init__(self) -> None:
        self.messages = 0
        self._pending: _Pending | None = None
        self._cut = b""
        self._lines: list[tuple[bytes, bytes]] = []

    def feed(self, piece: bytes) -> list[tuple[bytes, bytes]]:
        """The lines that this piece completes."""
        piece, self._cut = self._cut + piece, b""
        position = 0
        while position < len(piece):
            position = self._begin(piece, position)
            if self._pending is None:
                break
            end = piece.find(b"\n", position)
            self._pending.text += piece[position : end if end >= 0 else None]
            if end < 0:
                break
            self._complete()
            position = end + 1
        return self._taken()

    def finish(self) -> list[tuple[bytes, bytes]]:
        """The last line, if it had no newline."""
        if self._pending is not None:
            self._complete()
        return self._taken()

    def _begin(self, piece: bytes, position: int) -> int:
        """Take a time stamp at this place, if one stands there. Returns where its text begins."""
        found = _STAMP.match(piece, position)
        if found is None:
            if self._pending is None:
                self._keep_cut_stamp(piece[position:])
            return position
        self.messages += 1
        if self._pending is not None and not self._continues(self._pending, found[1]):
            self._complete()
        if self._pending is None:
            self._pending = _Pending(found[1])
        return found.end()

    def _continues(self, pending: _Pending, stamp: bytes) -> bool:
        if stamp != pending.stamp or len(pending.text) % PART_BYTES or not pending.text:
            return False
        return len(pending.text) < MAX_LINE_BYTES

    def _keep_cut_stamp(self, rest: bytes) -> None:
        """A stamp cut in two waits for its other half; other text is the engine's own complaint."""
        if len(rest) >= _STAMP_BYTES or b"\n" in rest:
            raise EngineFault(0, rest.decode(errors="replace"))
        self._cut = rest

    def _complete(self) -> None:
        assert self._pending is not None
        self._lines.append((self._pending.stamp, self._pending.text))
        self._pending = None

    def _taken(self) -> list[tuple[bytes, bytes]]:
        lines, self._lines = self._lines, []
        return lines


class Numbering:
    """Gives lines that are read in order their cursors."""

    def __init__(self) -> None:
        self._last = Cursor(-1, 0)

    def line(self, stream: str, stamp: bytes, text: bytes) -> tuple[Cursor, LogLine]:
        """stream: stdout, stderr or console."""
        at_ns = since_epoch_ns(stamp.decode())
        assert at_ns is not None
        ordinal = self._last.ordinal + 1 if at_ns == self._last.at_ns else 1
        self._last = Cursor(at_ns, ordinal)
        shown = text.removesuffix(b"\r").decode(errors="replace")
        return self._last, LogLine(cursor=str(self._last), at=from_ns(at_ns), stream=stream, text=shown)
