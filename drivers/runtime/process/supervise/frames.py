"""What travels over a supervisor's control socket: frames of kind, length and payload.

MESSAGE carries one JSON object; OUTPUT and ERRORS carry raw bytes (a console's bytes both ways, a command's two
streams).
"""

from __future__ import annotations

import json
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MESSAGE = 1
OUTPUT = 2
ERRORS = 3

MAX_PAYLOAD_BYTES = 4 * 1024 * 1024

_HEADER = struct.Struct(">BI")


def pack(kind: int, payload: bytes) -> bytes:
    """One frame, ready to send."""
    return _HEADER.pack(kind, len(payload)) + payload


def pack_message(message: dict[str, Any]) -> bytes:
    """One JSON object as a frame."""
    return pack(MESSAGE, json.dumps(message).encode())


class Unpacker:
    """Turns received bytes back into frames. A frame above MAX_PAYLOAD_BYTES is a ValueError."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The frames that are complete now, in order."""
        self._buffer += data
        frames: list[tuple[int, bytes]] = []
        while len(self._buffer) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._buffer)
            if length > MAX_PAYLOAD_BYTES:
                raise ValueError("frame too long")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                break
            frames.append((kind, bytes(self._buffer[_HEADER.size : end])))
            del self._buffer[:end]
        return frames
