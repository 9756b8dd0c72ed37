from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from domain.errors import Unavailable
from drivers.runtime.docker.address import Address
from drivers.runtime.docker.errors import EngineFault
from drivers.runtime.docker.exchange import Exchange, begin

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@asynccontextmanager
async def engine(serve: Serve) -> AsyncIterator[Address]:
    """An engine made of one function."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield Address(host="127.0.0.1", port=server.sockets[0].getsockname()[1])


def says(*parts: bytes) -> Serve:
    """Answer each request with these bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()

    return serve


async def _get(address: Address) -> Exchange:
    return await begin(address, "GET", "/x", {})


async def test_each_chunk_is_a_piece() -> None:
    async with engine(says(CHUNKED, b"3\r\nabc\r\n5;x=y\r\n", b"de", b"fgh\r\n0\r\n\r\n")) as address:
        exchange = await _get(address)
        assert [piece async for piece in exchange] == [b"abc", b"defgh"]
        assert await exchange.piece() == b""
        exchange.close()


@pytest.mark.parametrize("answer", [HEAD + b"Content-Length: 5\r\n\r\nhello", HEAD + b"\r\nhello"])
async def test_a_body_with_a_length_or_without(answer: bytes) -> None:
    async with engine(says(answer)) as address:
        exchange = await _get(address)
        assert b"".join([piece async for piece in exchange]) == b"hello"
        exchange.close()


@pytest.mark.parametrize(
    "answer",
    [
        CHUNKED + b"5\r\nab",
        CHUNKED + b"2\r\nab\r\n",
        CHUNKED + b"zz\r\n",
        HEAD + b"Content-Length: 5\r\n\r\nab",
    ],
)
async def test_a_body_that_is_cut_off_is_unavailable(answer: bytes) -> None:
    async with engine(says(answer)) as address:
        exchange = await _get(address)
        with pytest.raises(Unavailable):
            async for _ in exchange:
                pass
        exchange.close()


@pytest.mark.parametrize(
    ("body", "text"), [(b'{"message":"no"}', "no"), (b"plain", "plain"), (b'["list"]', '["list"]'), (b"", "")]
)
async def test_an_error_carries_what_the_engine_says(body: bytes, text: str) -> None:
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with engine(says(answer)) as address:
        with pytest.raises(EngineFault) as caught:
            await _get(address)
    assert (caught.value.status, caught.value.text) == (404, text)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n", b"SSH-2.0-x\r\n\r\n"])
async def test_what_is_no_answer_is_the_end(answer: bytes) -> None:
    async with engine(says(answer)) as address:
        with pytest.raises(EOFError):
            await _get(address)


async def _pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_a_body_is_sent_in_chunks() -> None:
    seen = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.extend(await reader.readuntil(b"0\r\n\r\n"))
        writer.write(HEAD + b"Content-Length: 0\r\n\r\n")

    async with engine(serve) as address:
        exchange = await begin(address, "PUT", "/x?y=1", {"Content-Type": "a/b"}, _pieces(b"one", b"", b"three"))
        exchange.close()
    head, _, body = bytes(seen).partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /x?y=1 HTTP/1.1\r\nHost: docker\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert body == b"3\r\none\r\n5\r\nthree\r\n0\r\n\r\n"


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 65536


async def test_a_refusal_before_the_body_was_sent_is_heard() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")
        while await reader.read(1 << 16):
            pass

    async with engine(_forgiving(serve)) as address, asyncio.timeout(10):
        with pytest.raises(EngineFault) as caught:
            await begin(address, "PUT", "/x", {}, _endless())
    assert (caught.value.status, caught.value.text) == (404, "no")


async def test_a_refusal_that_is_cut_off_still_has_its_status() -> None:
    answer = b"HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 200\r\n\r\nno"
    async with engine(says(answer)) as address:
        with pytest.raises(EngineFault) as caught:
            await _get(address)
    assert (caught.value.status, caught.value.text) == (507, "no")


async def test_a_body_that_fails_ends_the_request() -> None:
    cut = asyncio.Event()

    async def failing() -> AsyncIterator[bytes]:
        yield b"x"
        raise ValueError("as it was")

    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read(-1)
        cut.set()

    async with engine(serve) as address, asyncio.timeout(10):
        with pytest.raises(ValueError, match="as it was"):
            await begin(address, "PUT", "/x", {}, failing())
        await cut.wait()


async def test_a_switched_connection_goes_both_ways() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n\r\nfirst")
        writer.write(b"<" + await reader.readexactly(2) + b">")

    async with engine(serve) as address:
        exchange = await begin(address, "POST", "/x", {"Connection": "Upgrade", "Upgrade": "tcp"})
        seen = await exchange.piece()
        await exchange.write(b"hi")
        seen += b"".join([piece async for piece in exchange])
        exchange.close()
    assert seen == b"first<hi>"


async def test_close_ends_a_read_that_waits() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED)
        await reader.read(-1)

    async with engine(_forgiving(silent)) as address, asyncio.timeout(5):
        exchange = await _get(address)
        waiting = asyncio.ensure_future(exchange.piece())
        await asyncio.wait([waiting], timeout=0.05)
        exchange.close()
        assert await waiting == b""
        assert await exchange.piece() == b""


def _forgiving(serve: Serve) -> Serve:
    async def forgive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await serve(reader, writer)

    return forgive
