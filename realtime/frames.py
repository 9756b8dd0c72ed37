"""Messages as they stand on the wire. A server's WebSocket frame is unmasked, so one frame's bytes serve every socket.

RFC 6455 section 5.2: first byte 0x81 text, 0x82 binary (both final), then the length in 1, 3 or 9 bytes.
"""

from __future__ import annotations

from typing import TypeAlias

Frame: TypeAlias = str | bytes
"""One message: text or bytes."""

_TEXT = 0x81
_BINARY = 0x82


class SharedFrame:
    """A message for many sockets: encoded once, framed once.

    wire: the whole frame as a server sends it, uncompressed. size_bytes: without its head.
    """

    __slots__ = ("payload", "size_bytes", "wire")

    def __init__(self, payload: Frame) -> None:
        self.payload = payload
        data = payload.encode() if isinstance(payload, str) else payload
        self.wire = _framed(_TEXT if isinstance(payload, str) else _BINARY, data)
        self.size_bytes = len(data)


def shared(frame: Frame | SharedFrame) -> SharedFrame:
    """The same message, ready to be kept or sent to many."""
    return frame if isinstance(frame, SharedFrame) else SharedFrame(frame)


def wire_of(frame: Frame | SharedFrame) -> bytes:
    """The frame's bytes as a server sends them."""
    if isinstance(frame, SharedFrame):
        return frame.wire
    return _framed(_TEXT, frame.encode()) if isinstance(frame, str) else _framed(_BINARY, frame)


def _framed(first: int, data: bytes) -> bytes:
    size = len(data)
    if size < 126:
        return bytes((first, size)) + data
    if size < 1 << 16:
        return bytes((first, 126)) + size.to_bytes(2, "big") + data
    return bytes((first, 127)) + size.to_bytes(8, "big") + data
