"""RFC 6455 at the frames, through our own layer: what Autobahn's suite asks for, on raw sockets."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from realtime.connection import ConnectionLimits
from tests.realtime.layer.plain import Plain, plain
from tests.realtime.raw_socket import BINARY, CLOSE, CONT, PING, PONG, TEXT, RawSocket, close_frame, frame, raw_socket

ECHO = "/"
KIB = 1024


@pytest.fixture
async def hall() -> AsyncIterator[Plain]:
    async with plain(ConnectionLimits(message_bytes=64 * KIB, frame_bytes=32 * KIB)) as served:
        yield served


ACCENTED = "κόσμε 𝄞 ö".encode()


async def alive(socket: RawSocket) -> None:
    """It still answers."""
    socket.send(frame(TEXT, b"still there?"))
    assert await socket.seen() == (0x81, b"still there?")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 128, 65_535, 65_536])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
async def test_every_length_comes_back_whole(hall: Plain, opcode: int, size: int) -> None:
    payload = b"*" * size
    pieces = [payload[start : start + 30 * KIB] for start in range(0, size, 30 * KIB)] or [b""]
    async with raw_socket(hall.port, ECHO) as socket:
        for number, piece in enumerate(pieces):
            socket.send(frame(opcode if number == 0 else CONT, piece, fin=number == len(pieces) - 1))
        assert await socket.seen() == (0x80 | opcode, payload)


async def test_a_message_in_fragments_with_a_ping_between(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(frame(TEXT, ACCENTED[:3], fin=False), frame(PING, b"now"), frame(CONT, ACCENTED[3:], fin=False))
        socket.send(frame(CONT, b"", fin=True))
        assert await socket.seen() == (0x80 | PONG, b"now")
        assert await socket.seen() == (0x81, ACCENTED)


async def test_one_byte_at_a_time(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        for byte in frame(TEXT, ACCENTED):
            socket.send(bytes((byte,)))
            await socket.writer.drain()
            await asyncio.sleep(0)
        assert await socket.seen() == (0x81, ACCENTED)


async def test_many_messages_in_one_packet_stay_in_order(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(*(frame(TEXT, str(number).encode()) for number in range(50)))
        assert [(await socket.seen()).payload for _ in range(50)] == [str(number).encode() for number in range(50)]


@pytest.mark.parametrize("payload", [b"", b"x" * 125])
async def test_pings_are_answered_with_what_they_carry(hall: Plain, payload: bytes) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(frame(PING, payload))
        assert await socket.seen() == (0x80 | PONG, payload)


async def test_a_pong_that_nobody_asked_for_is_ignored(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(frame(PONG, b"unasked"))
        await alive(socket)


FAULTY = {
    "ping of 126 bytes": [frame(PING, b"x" * 126)],
    "ping in fragments": [frame(PING, b"a", fin=False)],
    "close of one byte": [frame(CLOSE, b"\x03")],
    "unmasked": [frame(TEXT, b"a", masked=False)],
    "reserved bit 1": [frame(TEXT, b"a", reserved=4)],
    "reserved bit 3": [frame(BINARY, b"a", reserved=1)],
    "reserved bit on a ping": [frame(PING, b"a", reserved=2)],
    "opcode 3": [frame(0x3, b"a")],
    "opcode 7": [frame(0x7)],
    "opcode 11": [frame(0xB)],
    "opcode 15": [frame(0xF, b"a")],
    "continuation of nothing": [frame(CONT, b"a")],
    "a message inside a message": [frame(TEXT, b"a", fin=False), frame(TEXT, b"b")],
    **{f"close {code}": [close_frame(code)] for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000)},
}


@pytest.mark.parametrize("frames", FAULTY.values(), ids=FAULTY)
async def test_what_the_protocol_forbids_closes_with_1002(hall: Plain, frames: list[bytes]) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(*frames)
        assert (await socket.closed()).close_code == 1002
        assert await socket.gone() == b""
    async with raw_socket(hall.port, ECHO) as other:
        await alive(other)


async def test_what_came_before_a_fault_is_heard(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(frame(TEXT, b"good"), frame(TEXT, b"bad", reserved=4))
        assert (await socket.closed()).close_code == 1002
    assert hall.heard == ["good"]


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
async def test_valid_closes_are_answered_alike(hall: Plain, code: int) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(close_frame(code, b"bye"))
        last = await socket.closed()
        assert (last.close_code, last.reason) == (code, "bye")
        assert await socket.gone() == b""


async def test_a_close_without_a_code_is_answered_without_one(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(frame(CLOSE))
        assert (await socket.closed()).payload == b""


async def test_nothing_is_heard_after_a_close(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(close_frame(1000), frame(TEXT, b"late"), frame(PING))
        assert (await socket.seen()).opcode == CLOSE
        assert await socket.gone() == b""


@pytest.mark.parametrize(
    "text",
    [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", ACCENTED[:-1], b"a\x80b"],
    ids=lambda t: t.hex(),
)
@pytest.mark.parametrize("split", [False, True])
async def test_text_that_is_not_utf8_closes_with_1007(hall: Plain, text: bytes, split: bool) -> None:
    frames = [frame(TEXT, text)] if not split else [frame(TEXT, text[:1], fin=False), frame(CONT, text[1:])]
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(*frames)
        assert (await socket.closed()).close_code == 1007


async def test_characters_may_be_split_over_fragments(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        pieces = [bytes((byte,)) for byte in ACCENTED]
        socket.send(frame(TEXT, pieces[0], fin=False), *(frame(CONT, piece, fin=False) for piece in pieces[1:]))
        socket.send(frame(CONT))
        assert await socket.seen() == (0x81, ACCENTED)


async def test_a_close_reason_that_is_not_utf8_closes_with_1007(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(close_frame(1000, b"\xff"))
        assert (await socket.closed()).close_code == 1007


async def test_too_long_a_frame_closes_with_1009_before_it_is_here(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(frame(BINARY, b"x" * (32 * KIB + 1))[:20])
        assert (await socket.closed()).close_code == 1009


async def test_too_long_a_message_of_short_frames_closes_with_1009(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(frame(BINARY, b"x" * 30 * KIB, fin=False), frame(CONT, b"x" * 30 * KIB, fin=False))
        socket.send(frame(CONT, b"x" * 5 * KIB))
        assert (await socket.closed()).close_code == 1009


async def test_noise_ends_its_own_connection_and_nothing_else(hall: Plain) -> None:
    """Random bytes, and valid frames with a byte changed: the process and the others go on."""
    chance = random.Random(20_26)
    async with raw_socket(hall.port, ECHO) as witness:
        for _ in range(150):
            noise = bytearray(frame(chance.randrange(16), chance.randbytes(chance.randrange(200))))
            noise[chance.randrange(len(noise))] ^= 1 << chance.randrange(8)
            async with raw_socket(hall.port, ECHO) as socket:
                socket.send(bytes(noise), chance.randbytes(chance.randrange(64)))
        await alive(witness)
    await hall.has(0)


async def test_a_fault_of_a_channel_closes_with_1011(hall: Plain) -> None:
    async with raw_socket(hall.port, ECHO) as socket:
        socket.send(frame(TEXT, b"fail"))
        assert (await socket.closed()).close_code == 1011
