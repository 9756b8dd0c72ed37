"""One that stops reading is gone within seconds, the others miss nothing, and what was kept for it is given back."""

from __future__ import annotations

import asyncio
import gc
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import websockets

from domain.limits import Rate
from gateway.websocket_protocol import WireProtocol
from realtime.close_codes import CloseCode
from realtime.connection import ConnectionLimits
from realtime.frames import SharedFrame
from realtime.outbox import OutboxLimits
from tests.realtime.layer.plain import Plain, plain
from tests.realtime.raw_socket import PING, PONG, TEXT, frame, raw_socket

KIB = 1024
PATIENCE_S = 10.0
LIMITS = ConnectionLimits(stall_s=0.3, close_s=0.2, outbox=OutboxLimits(64, 256 * KIB))


@asynccontextmanager
async def deaf(port: int) -> AsyncIterator[socket.socket]:
    """Connected, with a small window, and never reading."""
    loop = asyncio.get_running_loop()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        await loop.sock_connect(client, ("127.0.0.1", port))
        upgrade = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        await loop.sock_sendall(client, (upgrade + key).encode())
        while b"\r\n\r\n" not in await loop.sock_recv(client, 4096):
            pass
        yield client


async def until_closed(hall: Plain, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await hall.has(count)


async def test_a_deaf_one_is_gone_and_the_others_miss_nothing() -> None:
    readers, rounds, each = 100, 16, 25
    async with AsyncExitStack() as stack:
        hall = await stack.enter_async_context(plain(LIMITS))
        others = [await stack.enter_async_context(raw_socket(hall.port, "/")) for _ in range(readers)]
        await hall.has(readers)
        async with deaf(hall.port):
            slow = (await hall.has(readers + 1))[-1]
            for start in range(0, rounds * each, each):
                for number in range(start, start + each):
                    _tell_all(hall, SharedFrame(f"{number:06}" + "x" * 2000))
                for other in others:
                    seen = [int((await other.seen()).payload[:6]) for _ in range(each)]
                    assert seen == list(range(start, start + each))
            await until_closed(hall, readers)
            assert slow.close_code == CloseCode.TOO_SLOW


def _tell_all(hall: Plain, told: SharedFrame) -> None:
    for connection in tuple(hall.inside):
        connection.post(told)


async def test_memory_comes_back() -> None:
    async with plain(ConnectionLimits(stall_s=0.2, close_s=0.2, outbox=OutboxLimits(10_000, 64 << 20))) as hall:
        told = "x" * (256 * KIB)
        async with deaf(hall.port):
            (slow,) = await hall.has(1)
            tracemalloc.start()
            for number in range(40):
                slow.post(f"{number}{told}")
            assert tracemalloc.get_traced_memory()[0] > 40 * 256 * KIB
            await until_closed(hall, 0)
            del slow
            gc.collect()
            assert tracemalloc.get_traced_memory()[0] < 2 << 20
            tracemalloc.stop()


async def test_must_deliver_never_leaves_a_gap() -> None:
    """What arrives before the 1013 is what was sent first, without a hole."""
    async with plain(LIMITS) as hall, raw_socket(hall.port, "/") as slow:
        (connection,) = await hall.has(1)
        slow.reader._transport.pause_reading()  # type: ignore[attr-defined]
        sent = 0
        while connection.close_code is None:
            connection.post(f"{sent:06}" + "x" * 3000)
            sent += 1
        connection.post("after the gap")
        slow.reader._transport.resume_reading()  # type: ignore[attr-defined]
        numbers: list[int] = []
        while (seen := await slow.seen()).opcode == TEXT:
            numbers.append(int(seen.payload[:6]))
        assert seen.close_code == CloseCode.TOO_SLOW
        assert numbers == list(range(sent - 1))


async def test_gap_and_resume_is_told_and_woken() -> None:
    async with plain(LIMITS) as hall, raw_socket(hall.port, "/") as slow:
        (connection,) = await hall.has(1)
        slow.reader._transport.pause_reading()  # type: ignore[attr-defined]
        taken = 0
        while connection.offer(f"{taken:06}" + "x" * 3000):
            taken += 1
        writable = asyncio.Event()
        connection.when_writable(writable.set)
        slow.reader._transport.resume_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(PATIENCE_S):
            await writable.wait()
        assert connection.offer("gap")
        assert [int((await slow.seen()).payload[:6]) for _ in range(taken)] == list(range(taken))
        assert (await slow.seen()).payload == b"gap"
        assert connection.close_code is None


async def test_the_latest_wins() -> None:
    async with plain(LIMITS) as hall, raw_socket(hall.port, "/") as slow:
        (connection,) = await hall.has(1)
        slow.reader._transport.pause_reading()  # type: ignore[attr-defined]
        filled = 0
        while connection.offer("x" * 3000) and filled < 2000:
            filled += 1
            if filled > 100:
                connection.post_latest("b", "b 0")
                break
        for number in range(1000):
            connection.post_latest("a", f"a {number}")
            connection.post_latest("b", f"b {number}")
        slow.reader._transport.resume_reading()  # type: ignore[attr-defined]
        texts = [(await slow.seen()).payload for _ in range(filled + 2)]
        assert sorted(texts[-2:]) == [b"a 999", b"b 999"]
        assert connection.close_code is None


@pytest.mark.parametrize("options", [{}, {"protocol": "websockets-sansio"}, {"compression": True}], ids=str)
async def test_one_who_is_slow_but_reads_stays(options: dict[str, Any]) -> None:
    """The same with our wire, over plain ASGI, and compressed."""
    limits = ConnectionLimits(stall_s=5.0, outbox=OutboxLimits(64, 128 * KIB))
    headers = {"Sec-WebSocket-Extensions": "permessage-deflate"} if "compression" in options else {}
    async with plain(limits, **options) as hall, raw_socket(hall.port, "/", headers) as slow:
        (connection,) = await hall.has(1)
        sending = asyncio.create_task(_send_all(hall, 300))
        sizes = [len((await slow.seen()).payload) for _ in range(300)]
        await sending
        assert connection.close_code is None
        assert (max(sizes) < 200) if options.get("compression") else set(sizes) == {5000}


async def test_a_compressed_message_is_heard() -> None:
    async with plain(LIMITS, compression=True) as hall:
        client = await websockets.connect(f"ws://127.0.0.1:{hall.port}/", compression="deflate")
        await client.send("ö" * 5000)
        assert await client.recv() == "ö" * 5000
        _tell_all(hall, SharedFrame(b"shared"))
        assert await client.recv() == b"shared"
        await client.close()


async def _send_all(hall: Plain, count: int) -> None:
    for _ in range(count):
        await hall.inside[0].send("x" * 5000)


async def test_silence_is_asked_once_and_then_ended() -> None:
    limits = ConnectionLimits(ping_after_s=0.05, silent_s=0.4)
    async with plain(limits) as hall, raw_socket(hall.port, "/") as answering, raw_socket(hall.port, "/") as silent:
        await hall.has(2)
        assert (await silent.seen()).opcode == PING
        for _ in range(10):
            asked = await answering.seen()
            assert asked.opcode == PING
            answering.send(frame(PONG, asked.payload))
        last = await silent.closed()
        assert (last.close_code, last.reason) == (CloseCode.GOING_AWAY, "Silent for too long.")
        await hall.has(1)


async def test_one_that_never_answers_a_close_is_cut() -> None:
    async with plain(ConnectionLimits(close_s=0.1)) as hall, raw_socket(hall.port, "/") as socket:
        (connection,) = await hall.has(1)
        connection.close(CloseCode.GOING_AWAY)
        assert (await socket.closed()).close_code == 1001
        await hall.has(0)
        assert await socket.gone() == b""


async def test_one_that_reads_nothing_at_its_close_is_cut() -> None:
    async with plain(ConnectionLimits(stall_s=60.0, close_s=0.1)) as hall, deaf(hall.port):
        (connection,) = await hall.has(1)
        while connection.offer("x" * 4000):
            pass
        connection.close(CloseCode.GOING_AWAY)
        await until_closed(hall, 0)


@pytest.mark.parametrize("protocol", [WireProtocol, "websockets-sansio"])
async def test_one_that_speaks_too_fast_is_read_later_and_loses_nothing(protocol: Any) -> None:
    limits = ConnectionLimits(rate=Rate(20, 0.1))
    async with plain(limits, protocol=protocol) as hall, raw_socket(hall.port, "/") as hasty:
        loop = asyncio.get_running_loop()
        began = loop.time()
        hasty.send(*(frame(TEXT, str(number).encode()) for number in range(100)))
        assert [int((await hasty.seen()).payload) for _ in range(100)] == list(range(100))
        assert loop.time() - began > 0.35
        hasty.send(frame(PING, b"and still"))
        assert (await hasty.seen()).payload == b"and still"
