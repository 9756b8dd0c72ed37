"""The engine's multiplexed output of containers and commands without a terminal: 8-byte heads, then text."""

from __future__ import annotations

import struct
from collections.abc import Iterator

STREAMS = {0: "stdout", 1: "stdout", 2: "stderr"}
_HEAD = struct.Struct(">BxxxL")


class Frames:
    """Cuts a byte stream into (stream, payload); give it the bytes in any pieces."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, piece: bytes) -> Iterator[tuple[str, bytes]]:
        """The frames that this piece completes."""
        self._buffer += piece
        while len(self._buffer) >= _HEAD.size:
            number, size = _HEAD.unpack_from(self._buffer)
            end = _HEAD.size + size
            if len(self._buffer) < end:
                return
            payload, self._buffer = self._buffer[_HEAD.size : end], self._buffer[end:]
            yield STREAMS.get(number, "stderr"), payload
