"""WebSocket clients that cost next to nothing: they frame, mask with zeros and hand over whole messages."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Callable
from contextlib import suppress

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
CONNECT_AT_A_TIME = 50


class RawSocket(asyncio.Protocol):
    """One client. heard(payload) is called with every message; opened is done when the server has agreed."""

    def __init__(self, path: str, heard: Callable[[bytes], None], subprotocol: str = "") -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self._path = path
        self._heard = heard
        self._subprotocol = subprotocol
        self._buffer = bytearray()
        self._upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        offered = f"Sec-WebSocket-Protocol: {self._subprotocol}\r\n" if self._subprotocol else ""
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{offered}\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before it opened"))

    def send(self, payload: bytes | str) -> None:
        self.transport.write(framed(payload))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded and not self._upgrade():
            return
        while (message := self._next()) is not None:
            opcode, payload = message
            if opcode in (TEXT, BINARY):
                self._heard(payload)
            elif opcode == PING:
                self.transport.write(bytes([0x80 | PONG, 0x80 | len(payload)]) + bytes(4) + payload)

    def _upgrade(self) -> bool:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        assert b" 101 " in head.split(b"\r\n")[0], bytes(head)
        self._upgraded, self._buffer = True, bytearray(rest)
        self.opened.set_result(None)
        return True

    def _next(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 127, 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + size or (size >= 126 and len(buffer) < start):
            return None
        payload = bytes(buffer[start : start + size])
        opcode = buffer[0] & 15
        del buffer[: start + size]
        return opcode, payload


def framed(payload: bytes | str) -> bytes:
    """A client's frame; its mask is zero, so the payload stands in it as it is."""
    opcode, body = (TEXT, payload.encode()) if isinstance(payload, str) else (BINARY, payload)
    size = len(body)
    if size < 126:
        head = bytes([0x80 | opcode, 0x80 | size])
    elif size < 1 << 16:
        head = bytes([0x80 | opcode, 0xFE]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x80 | opcode, 0xFF]) + size.to_bytes(8, "big")
    return head + bytes(4) + body


async def connect(port: int, path: str, heard: Callable[[bytes], None], subprotocol: str = "") -> RawSocket:
    """An open socket."""
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: RawSocket(path, heard, subprotocol), "127.0.0.1", port)
    await socket.opened
    return socket


class Crowd:
    """Many sockets that only count what matters. wanted: a text inside the messages that count."""

    def __init__(self, wanted: bytes) -> None:
        self.sockets: list[RawSocket] = []
        self.heard = 0
        self._wanted = wanted
        self._goal = 0
        self._reached = asyncio.Event()

    def _hear(self, payload: bytes) -> None:
        if self._wanted in payload:
            self.heard += 1
            if self.heard >= self._goal:
                self._reached.set()

    def listen_for(self, wanted: bytes) -> None:
        """From now on other messages count."""
        self._wanted, self.heard = wanted, 0

    async def join(self, port: int, path: str, count: int, subprotocol: str = "") -> list[RawSocket]:
        """So many more; the new ones."""
        come: list[RawSocket] = []
        for start in range(0, count, CONNECT_AT_A_TIME):
            some = range(start, min(start + CONNECT_AT_A_TIME, count))
            come += await asyncio.gather(*(connect(port, path, self._hear, subprotocol) for _ in some))
        self.sockets += come
        return come

    async def reach(self, count: int, within_s: float = 60.0) -> bool:
        """Whether so many were heard in time."""
        self._goal = count
        self._reached.clear()
        if self.heard < count:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._reached.wait()
        return self.heard >= count

    def leave(self) -> None:
        for socket in self.sockets:
            socket.transport.abort()
