"""A WebSocket client without manners: it sends whatever bytes a test wants and shows every frame that comes back."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PATIENCE_S = 10.0


class Seen(NamedTuple):
    """One frame. first: its whole first byte."""

    first: int
    payload: bytes

    @property
    def opcode(self) -> int:
        return self.first & 0x0F

    @property
    def close_code(self) -> int:
        assert self.opcode == CLOSE
        return int.from_bytes(self.payload[:2], "big")

    @property
    def reason(self) -> str:
        return self.payload[2:].decode()


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, masked: bool = True) -> bytes:
    """A client's frame. reserved: the three reserved bits as a number."""
    first, mask_bit, size = (0x80 if fin else 0) | reserved << 4 | opcode, 0x80 if masked else 0, len(payload)
    if size < 126:
        head = bytes((first, mask_bit | size))
    elif size < 1 << 16:
        head = bytes((first, mask_bit | 126)) + struct.pack("!H", size)
    else:
        head = bytes((first, mask_bit | 127)) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[place & 3] for place, byte in enumerate(payload))


def close_frame(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack("!H", code) + reason)


class RawSocket:
    """After the handshake. status: the HTTP status of the answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: int) -> None:
        self.status = status
        self.reader = reader
        self.writer = writer

    def send(self, *frames: bytes) -> None:
        """All in one write."""
        self.writer.write(b"".join(frames))

    async def seen(self) -> Seen:
        """The next frame. IncompleteReadError: the connection has ended."""
        async with asyncio.timeout(PATIENCE_S):
            first, size = await self.reader.readexactly(2)
            if size == 126:
                size = int.from_bytes(await self.reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self.reader.readexactly(8), "big")
            return Seen(first, await self.reader.readexactly(size))

    async def closed(self) -> Seen:
        """The close frame, whatever comes before it."""
        while (last := await self.seen()).opcode != CLOSE:
            pass
        return last

    async def gone(self) -> bytes:
        """What still comes until the connection ends."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read(-1)
            except ConnectionResetError:
                return b""


@asynccontextmanager
async def raw_socket(
    port: int, path: str, headers: dict[str, str] | None = None, *, receive_bytes: int | None = None
) -> AsyncIterator[RawSocket]:
    """Connected and upgraded. receive_bytes: a small window, for one who is not going to read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=receive_bytes or 1 << 16)
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        async with asyncio.timeout(PATIENCE_S):
            answer = await reader.readuntil(b"\r\n\r\n")
        yield RawSocket(reader, writer, int(answer.split()[1]))
    finally:
        writer.transport.abort()
