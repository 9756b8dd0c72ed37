"""One request on a connection of its own, read by the event loop: for what streams, takes long or is two-way.

The SDK would hold a thread for each open stream, and its TLS sockets cannot be read and written by two threads.
Here an open stream costs a socket, stops reading when nobody takes more, and is closed by dropping the connection.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from http.client import HTTPException, HTTPMessage, parse_headers
from io import BytesIO

from domain.errors import DomainError
from drivers.runtime.docker.address import Address
from drivers.runtime.docker.client import CONNECT_TIMEOUT_S, KEEP_ALIVE
from drivers.runtime.docker.errors import FAULTS, EngineFault, domain_errors, translate

PIECE_BYTES = 1 << 16
_ERROR_BYTES = 1 << 16
_SWITCHED = 101


class Exchange:
    """An answer whose head has been read: iterate for its body. Status 101: the connection is two-way bytes now."""

    def __init__(
        self, status: int, headers: HTTPMessage, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.status = status
        self._reader = reader
        self._writer = writer
        self._closed = False
        self._ended = False
        self._chunked = headers.get("Transfer-Encoding", "").lower() == "chunked"
        length = headers.get("Content-Length") if status != _SWITCHED else None
        self._left = 0 if self._chunked else int(length) if length is not None else None

    def __aiter__(self) -> Exchange:
        return self

    async def __anext__(self) -> bytes:
        piece = await self.piece()
        if not piece:
            raise StopAsyncIteration
        return piece

    async def piece(self) -> bytes:
        """The next bytes, a chunk of the engine's at a time (up to PIECE_BYTES); empty at the end and after close().

        Raises Unavailable when the engine cuts the answer off.
        """
        if self._ended or self._closed:
            return b""
        try:
            piece = await (self._piece_of_chunk() if self._chunked else self._piece_of_rest())
        except FAULTS as fault:
            if self._closed:
                return b""
            raise translate(fault) from fault
        self._ended = not piece
        return piece

    async def _piece_of_chunk(self) -> bytes:
        if not self._left:
            self._left = await self._chunk_size()
        if not self._left:
            await self._line()
            return b""
        piece = await self._reader.readexactly(min(self._left, PIECE_BYTES))
        self._left -= len(piece)
        if not self._left:
            await self._line()
        return piece

    async def _piece_of_rest(self) -> bytes:
        if self._left is None:
            return await self._reader.read(PIECE_BYTES)
        piece = await self._reader.read(min(self._left, PIECE_BYTES))
        if not piece and self._left:
            raise EOFError("the answer was cut off")
        self._left -= len(piece)
        return piece

    async def _chunk_size(self) -> int:
        try:
            return int((await self._line()).split(b";")[0], 16)
        except (ValueError, asyncio.LimitOverrunError) as wrong:
            raise EOFError("the answer is not in chunks") from wrong

    async def _line(self) -> bytes:
        return (await self._reader.readuntil(b"\r\n"))[:-2]

    async def write(self, data: bytes) -> None:
        """Send bytes on a two-way connection and wait until there is room for more."""
        with domain_errors():
            self._writer.write(data)
            await self._writer.drain()

    async def fault(self) -> EngineFault:
        """The error that a status of 400 and above carries."""
        body = b""
        try:
            async for piece in self:
                body = (body + piece)[:_ERROR_BYTES]
        except DomainError:
            pass  # cut off: the status still says the most
        try:
            text = str(json.loads(body)["message"])
        except (ValueError, KeyError, TypeError):
            text = body.decode(errors="replace")
        return EngineFault(self.status, text)

    def close(self) -> None:
        """Drop the connection; whoever reads it sees its end. Never waits."""
        self._closed = True
        self._writer.transport.abort()


async def begin(
    address: Address,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes | AsyncIterator[bytes] = b"",
) -> Exchange:
    """Connect, send and read the answer's head. target: path and query. A body iterator is sent in chunks."""
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        reader, writer = await _connect(address)
    try:
        writer.write(_head(method, target, headers, body))
        exchange = await _answer(reader, writer, body)
        if exchange.status >= 400:
            raise await exchange.fault()
    except BaseException:
        writer.transport.abort()
        raise
    return exchange


async def _connect(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.unix_path:
        return await asyncio.open_unix_connection(address.unix_path)
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=address.tls)
    for option in KEEP_ALIVE:
        writer.get_extra_info("socket").setsockopt(*option)
    return reader, writer


def _head(method: str, target: str, headers: Mapping[str, str], body: bytes | AsyncIterator[bytes]) -> bytes:
    length = {"Content-Length": str(len(body))} if isinstance(body, bytes) else {"Transfer-Encoding": "chunked"}
    every = {"Host": "docker", "User-Agent": "gatehouse", "Connection": "close", **headers, **length}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes | AsyncIterator[bytes]
) -> Exchange:
    """Send the body while listening: an engine that refuses answers before it has read everything."""
    sending = asyncio.ensure_future(_send(writer, body))
    answering = asyncio.ensure_future(_read_head(reader))
    try:
        await asyncio.wait([sending, answering], return_when=asyncio.FIRST_COMPLETED)
        if sending.done() and not isinstance(sending.exception(), ConnectionError):
            sending.result()
        status, headers = await answering
    finally:
        for task in (sending, answering):
            task.cancel()
        await asyncio.gather(sending, answering, return_exceptions=True)
    return Exchange(status, headers, reader, writer)


async def _send(writer: asyncio.StreamWriter, body: bytes | AsyncIterator[bytes]) -> None:
    if isinstance(body, bytes):
        writer.write(body)
    else:
        async for piece in body:
            if piece:
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
        writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _read_head(reader: asyncio.StreamReader) -> tuple[int, HTTPMessage]:
    try:
        status_line, _, fields = (await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")
        return int(status_line.split(b" ", 2)[1]), parse_headers(BytesIO(fields))
    except (ValueError, IndexError, HTTPException, asyncio.LimitOverrunError) as wrong:
        raise EOFError("the answer is not HTTP") from wrong
