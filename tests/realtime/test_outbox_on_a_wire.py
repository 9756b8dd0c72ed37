"""The outbox above a wire: written at once while it is ready, kept while it is not, nothing lost or swapped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from realtime.frames import Frame, SharedFrame, shared
from realtime.outbox import Outbox, OutboxLimits


class Wire:
    """Ready until a test says otherwise."""

    def __init__(self) -> None:
        self.is_ready = True
        self.buffered_bytes = 0
        self.written: list[Frame] = []
        self.writes = 0
        self.told: Callable[[], None] = lambda: None

    def write(self, frame: Frame | SharedFrame) -> None:
        self.writes += 1
        self.written.append(shared(frame).payload)

    def write_many(self, frames: list[SharedFrame]) -> None:
        self.writes += 1
        self.written += [frame.payload for frame in frames]

    def when_ready(self, callback: Callable[[], None]) -> None:
        self.told = callback

    def pause(self) -> None:
        self.is_ready = False

    def resume(self) -> None:
        self.is_ready = True
        self.told()


async def unused(frame: Frame) -> None:
    raise AssertionError


def on_a(wire: Any, messages: int = 4, size_bytes: int = 1000) -> Outbox:
    return Outbox(unused, OutboxLimits(messages, size_bytes), wire)


async def test_while_it_is_ready_nothing_waits() -> None:
    wire = Wire()
    box = on_a(wire)
    assert box.post("a")
    assert box.post_latest("k", "b")
    await box.send("c")
    assert (wire.written, len(box)) == (["a", "b", "c"], 0)


async def test_what_waited_leaves_in_order_and_at_once() -> None:
    wire = Wire()
    box = on_a(wire)
    wire.pause()
    assert [box.post(text) for text in "abcde"] == [True, True, True, True, False]
    wire.resume()
    assert (wire.written, wire.writes) == (["a", "b", "c", "d"], 1)
    assert box.post("f")
    assert wire.written[-1] == "f"


async def test_a_sender_waits_for_room() -> None:
    wire = Wire()
    box = on_a(wire, messages=1)
    wire.pause()
    box.post("a")
    sending = asyncio.create_task(box.send("b"))
    await asyncio.sleep(0)
    assert not sending.done()
    wire.resume()
    await sending
    assert wire.written == ["a", "b"]


async def test_the_latest_takes_the_place_of_the_one_before() -> None:
    wire = Wire()
    box = on_a(wire, size_bytes=10)
    wire.pause()
    for number in range(100):
        assert box.post_latest("cursor", f"c{number:02}")
    assert box.post("x")
    assert box.post_latest("cursor", "last")
    wire.resume()
    assert wire.written == ["last", "x"]
    box.post_latest("cursor", "again")
    assert wire.written[-1] == "again"


async def test_whoever_asked_is_told_once_when_half_is_free() -> None:
    wire = Wire()
    box = on_a(wire)
    told: list[int] = []
    wire.pause()
    for text in "abc":
        box.post(text)
    box.when_writable(lambda: told.append(1))
    await asyncio.sleep(0)
    assert told == []
    wire.resume()
    assert told == [], "never from within a write"
    await asyncio.sleep(0)
    assert told == [1]
    wire.pause()
    wire.resume()
    await asyncio.sleep(0)
    assert told == [1]


async def test_one_that_has_room_is_told_soon() -> None:
    told: list[int] = []
    on_a(Wire()).when_writable(lambda: told.append(1))
    await asyncio.sleep(0)
    assert told == [1]


async def test_nobody_is_told_after_the_end() -> None:
    wire = Wire()
    box = on_a(wire, messages=1)
    told: list[int] = []
    wire.pause()
    box.post("a")
    box.when_writable(lambda: told.append(1))
    await box.stop()
    wire.resume()
    await asyncio.sleep(0)
    assert (told, wire.written) == ([], [])


async def test_a_sealed_one_takes_nothing_more() -> None:
    wire = Wire()
    box = on_a(wire)
    wire.pause()
    box.post("a")
    box.seal()
    assert box.post("b"), "no reason to close anything again"
    await box.send("c")
    wire.resume()
    box.post("d")
    assert wire.written == ["a"]


async def test_blocked_is_who_takes_nothing_not_who_is_slow() -> None:
    wire = Wire()
    box = on_a(wire)
    wire.pause()
    wire.buffered_bytes = 1000
    assert box.blocked_s(10.0) == 0.0
    assert box.blocked_s(14.0) == 4.0
    wire.buffered_bytes = 999
    assert box.blocked_s(15.0) == 0.0
    assert box.blocked_s(18.0) == 3.0
    wire.resume()
    assert box.blocked_s(19.0) == 0.0
