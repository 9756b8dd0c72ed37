"""Reading an instance's captured log: the last lines, everything after a cursor, and what comes.

A cursor is "segment-offset": the place right after a line.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from domain.errors import InvalidInput
from domain.ports.runtime import LogLine
from drivers.runtime.process.supervise.logfile import segment_numbers, segment_path

LOOK_S = 0.1
CHUNK_BYTES = 256 * 1024

Place = tuple[int, int]
"""(segment number, offset in bytes)"""


class ProcessLogStream:
    """Lines from a place on. recovered: see LogStream. is_live: asked when all is read, whether more may come."""

    def __init__(self, folder: str, place: Place, recovered: bool | None, is_live: Callable[[], bool] | None) -> None:
        self.recovered = recovered
        self._folder = folder
        self._place = place
        self._is_live = is_live
        self._lines: deque[LogLine] = deque()
        self._closed = False

    def close(self) -> None:
        """Whoever waits for a line gets the end of the iteration within LOOK_S."""
        self._closed = True

    def __aiter__(self) -> AsyncIterator[LogLine]:
        return self

    async def __anext__(self) -> LogLine:
        """Cancelled while waiting, it has lost nothing: the place moves only together with the lines it gave."""
        while not self._closed and not self._lines:
            # asked before reading, so that nothing written before the end is missed
            live = self._is_live is not None and await asyncio.to_thread(self._is_live)
            lines, place = await asyncio.to_thread(_read, self._folder, self._place)
            self._lines.extend(lines)
            self._place = place
            if not lines and not live:
                raise StopAsyncIteration
            if not lines:
                await self._more()
        if self._closed:
            raise StopAsyncIteration
        return self._lines.popleft()

    async def _more(self) -> None:
        """Wait until something was written, at most a second: then whether it lives is asked again."""
        for _ in range(10):
            await asyncio.sleep(LOOK_S)
            if self._closed or _has_grown(self._folder, self._place):
                return


def open_log(folder: str, tail: int | None, after: str | None, is_live: Callable[[], bool] | None) -> ProcessLogStream:
    """Find the place to begin; after wins over tail. InvalidInput: not a cursor of ours."""
    if after is not None:
        place = _parse_cursor(after)
        if _is_there(folder, place):
            return ProcessLogStream(folder, place, True, is_live)
        return ProcessLogStream(folder, _oldest(folder), False, is_live)
    place = _oldest(folder) if tail is None else _place_of_last(folder, tail)
    return ProcessLogStream(folder, place, None, is_live)


def _has_grown(folder: str, place: Place) -> bool:
    number, offset = place
    try:
        size_bytes = os.stat(segment_path(folder, number)).st_size
    except FileNotFoundError:
        return True
    return size_bytes != offset or os.path.exists(segment_path(folder, number + 1))


def _read(folder: str, place: Place) -> tuple[list[LogLine], Place]:
    """The next lines and the place after them; no lines when everything that is there has been read."""
    while True:
        number, offset = place
        later = [each for each in segment_numbers(folder) if each > number]
        block = _whole_lines(folder, number, offset)
        if block:
            return _parse(block, number, offset), (number, offset + len(block))
        if not later:
            return [], place
        place = (later[0], 0)


def _parse_cursor(cursor: str) -> Place:
    number, _, offset = cursor.partition("-")
    if not (number.isascii() and number.isdigit() and offset.isascii() and offset.isdigit()):
        raise InvalidInput("That is not a log cursor.", field="after")
    return int(number), int(offset)


def _is_there(folder: str, place: Place) -> bool:
    """Whether the cursor still names the end of a line (or a segment's beginning)."""
    number, offset = place
    try:
        with open(segment_path(folder, number), "rb") as file:
            file.seek(max(0, offset - 1))
            return offset == 0 or file.read(1) == b"\n"
    except FileNotFoundError:
        return False


def _oldest(folder: str) -> Place:
    numbers = segment_numbers(folder)
    return (numbers[0] if numbers else 0, 0)


def _place_of_last(folder: str, tail: int) -> Place:
    """Where the last `tail` lines begin, read backwards segment by segment."""
    numbers = segment_numbers(folder)
    for number in reversed(numbers):
        ends = _line_ends(folder, number)
        if len(ends) > tail:
            return number, ends[-tail - 1]
        if len(ends) == tail:
            return number, 0
        tail -= len(ends)
    return _oldest(folder)


def _line_ends(folder: str, number: int) -> list[int]:
    ends: list[int] = []
    offset = 0
    try:
        with open(segment_path(folder, number), "rb") as file:
            for line in file:
                offset += len(line)
                if line.endswith(b"\n"):
                    ends.append(offset)
    except FileNotFoundError:
        return []
    return ends


def _whole_lines(folder: str, number: int, offset: int) -> bytes:
    """What is there after the offset, up to the last line end."""
    try:
        with open(segment_path(folder, number), "rb") as file:
            file.seek(offset)
            block = file.read(CHUNK_BYTES)
    except FileNotFoundError:
        return b""
    return block[: block.rfind(b"\n") + 1]


def _parse(block: bytes, number: int, offset: int) -> list[LogLine]:
    lines = []
    for raw in block.splitlines(keepends=True):
        offset += len(raw)
        try:
            record = json.loads(raw)
        except ValueError:
            continue  # torn by a power cut
        at = datetime.fromtimestamp(record["t"], UTC)
        lines.append(LogLine(f"{number}-{offset}", at, record["s"], record["m"]))
    return lines
