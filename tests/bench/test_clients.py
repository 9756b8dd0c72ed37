"""The clients that measure read what they count out of real updates and real frames."""

from __future__ import annotations

import random

import pytest
from pycrdt import Doc, Text

from bench.documents import Writer, clocks_in, read_var_uint, var_uint
from bench.sockets import RawSocket, framed


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 2**32, 2**53])
def test_numbers_come_back(number: int) -> None:
    assert read_var_uint(var_uint(number) + b"rest", 0) == (number, len(var_uint(number)))


def test_every_update_tells_how_far_its_writer_is() -> None:
    writer = Writer()
    updates = writer.make(200)
    assert [clocks_in(update) for update in updates] == [{writer.client_id: n} for n in range(1, 201)]


def test_whole_states_are_read_too() -> None:
    doc, chance = Doc[Text](), random.Random(3)
    text = doc.get("text", type=Text)
    for number in range(300):
        text.insert(chance.randint(0, number), "x")
    other: Doc[Text] = Doc()
    other.apply_update(doc.get_update())
    words = other.get("text", type=Text)
    del words[10:20]
    assert clocks_in(doc.get_update()) == {doc.client_id: 300}
    assert clocks_in(other.get_update())[doc.client_id] == 300


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
async def test_frames_are_put_together_whatever_their_size(size: int) -> None:
    heard: list[bytes] = []
    socket = RawSocket("/", heard.append)
    masked = framed(b"y" * size)
    head = len(masked) - size - 4
    frame = masked[:1] + bytes([masked[1] & 127]) + masked[2:head] + masked[head + 4 :]
    socket.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + frame[:1])
    for start in range(1, len(frame), 20_000):
        socket.data_received(frame[start : start + 20_000])
    socket.data_received(frame)
    assert heard == [b"y" * size] * 2
