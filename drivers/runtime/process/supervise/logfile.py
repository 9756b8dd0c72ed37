"""Captured output on disk: one JSON record per line in numbered segments of bounded size.

A record is {"t": seconds since 1970, "s": stream, "m": text}. Segment numbers only grow, also when the instance is
made anew, so (segment, offset) names one place for ever: that is a log cursor.
"""

from __future__ import annotations

import json
import os
import time

SUFFIX = ".jsonl"
LINE_BYTES = 16 * 1024
"""A longer line is cut into several records."""


def segment_numbers(folder: str) -> list[int]:
    """Numbers of the segments on disk, oldest first."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(int(name.removesuffix(SUFFIX)) for name in names if name.endswith(SUFFIX))


def segment_path(folder: str, number: int) -> str:
    return os.path.join(folder, f"{number}{SUFFIX}")


class LogFile:
    """The writing end. Losing a line for want of disk space must not end the instance: it is counted and said."""

    def __init__(self, folder: str, segment_bytes: int, segments: int) -> None:
        self._folder = folder
        self._segment_bytes = segment_bytes
        self._segments = segments
        self._lost_lines = 0
        numbers = segment_numbers(folder)
        self._number = numbers[-1] if numbers else int(time.time() * 1000)
        self._fd = self._open()
        if self._size_bytes and not self._ends_whole():
            self._next_segment()

    def write(self, stream: str, lines: list[bytes]) -> None:
        """Append lines (without their newline), all at the present time."""
        if not lines:
            return
        now = time.time()
        if self._lost_lines:
            lines = [b"(%d lines were lost: the log could not be written)" % self._lost_lines, *lines]
        records = [_encode(now, stream, line) for line in lines]
        try:
            while records:
                if self._size_bytes >= self._segment_bytes:
                    self._next_segment()
                fitting = _fitting(records, self._segment_bytes - self._size_bytes)
                self._append(b"".join(records[:fitting]))
                del records[:fitting]
            self._lost_lines = 0
        except OSError:
            self._lost_lines += len(records)

    def close(self) -> None:
        os.close(self._fd)

    def _append(self, block: bytes) -> None:
        view = memoryview(block)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            os.ftruncate(self._fd, self._size_bytes)
            raise
        self._size_bytes += len(block)

    def _open(self) -> int:
        path = segment_path(self._folder, self._number)
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._size_bytes = os.fstat(fd).st_size
        return fd

    def _ends_whole(self) -> bool:
        return os.pread(self._fd, 1, self._size_bytes - 1) == b"\n"

    def _next_segment(self) -> None:
        os.close(self._fd)
        self._number += 1
        self._fd = self._open()
        for number in segment_numbers(self._folder)[: -self._segments]:
            os.unlink(segment_path(self._folder, number))


class LineSplitter:
    """Cuts a byte stream into lines; a carriage return before the newline belongs to the terminal, not to the text."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        lines = [piece for line in whole for piece in _pieces(line.removesuffix(b"\r"))]
        if len(self._rest) >= LINE_BYTES:
            *cut, self._rest = _pieces(self._rest)
            lines += cut
        return lines

    def finish(self) -> list[bytes]:
        """The last line, when it had no newline."""
        rest, self._rest = self._rest, b""
        return _pieces(rest.removesuffix(b"\r")) if rest else []


def _pieces(line: bytes) -> list[bytes]:
    pieces = []
    while len(line) > LINE_BYTES:
        cut = LINE_BYTES
        while cut > LINE_BYTES - 4 and line[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(line[:cut])
        line = line[cut:]
    return [*pieces, line]


def _fitting(records: list[bytes], room_bytes: int) -> int:
    """How many go into a segment: the last one may stand over."""
    for count, record in enumerate(records, start=1):
        room_bytes -= len(record)
        if room_bytes <= 0:
            return count
    return len(records)


def _encode(now: float, stream: str, line: bytes) -> bytes:
    record = {"t": now, "s": stream, "m": line.decode("utf-8", "replace")}
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
