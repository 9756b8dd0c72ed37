"""The outbox: in order, bounded, and nobody's end loses what others sent."""

from __future__ import annotations

import asyncio

import pytest

from realtime.frames import Frame
from realtime.outbox import Outbox, OutboxLimits, PeerGoneError


class Wire:
    """Where frames go; shut, they wait. gone: nobody is there any more."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = asyncio.Event()
        self.frames: list[Frame] = []
        self.gone = False
        self.most_at_once = 0
        self._at_once = 0

    async def write(self, frame: Frame) -> None:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if not self.open.is_set():
                self.waiting.set()
                await self.open.wait()
            if self.gone:
                raise PeerGoneError
            self.frames.append(frame)
        finally:
            self._at_once -= 1


@pytest.fixture
def wire() -> Wire:
    return Wire()


def outbox(wire: Wire, messages: int = 4, size_bytes: int = 1000) -> Outbox:
    return Outbox(wire.write, OutboxLimits(messages, size_bytes))


async def test_what_is_sent_is_written_before_send_returns(wire: Wire) -> None:
    box = outbox(wire)
    await box.send("a")
    assert wire.frames == ["a"]
    assert len(box) == 0


async def test_many_senders_keep_their_order_and_one_writes_at_a_time(wire: Wire) -> None:
    box = outbox(wire)
    wire.open.clear()
    sends = [asyncio.create_task(box.send(str(number))) for number in range(4)]
    await wire.waiting.wait()
    wire.open.set()
    await asyncio.gather(*sends)
    assert wire.frames == ["0", "1", "2", "3"]
    assert wire.most_at_once == 1


@pytest.mark.parametrize(("messages", "size_bytes"), [(2, 1000), (100, 2)])
async def test_a_full_outbox_makes_senders_wait(wire: Wire, messages: int, size_bytes: int) -> None:
    box = outbox(wire, messages, size_bytes)
    wire.open.clear()
    first = asyncio.create_task(box.send("a"))
    await wire.waiting.wait()
    await box.send("b")
    assert box.is_full
    late = asyncio.create_task(box.send("c"))
    await asyncio.sleep(0)
    assert len(box) == 2
    assert not late.done()
    assert not box.post("d"), "whoever must not wait is told"
    wire.open.set()
    await asyncio.gather(first, late)
    assert wire.frames == ["a", "b", "c"]


async def test_one_large_frame_passes_an_empty_outbox(wire: Wire) -> None:
    box = outbox(wire, size_bytes=2)
    await box.send("much too large")
    assert wire.frames == ["much too large"]


async def test_post_never_waits(wire: Wire) -> None:
    box = outbox(wire)
    wire.open.clear()
    assert box.post("a")
    assert box.post("b")
    wire.open.set()
    await box.drained()
    assert wire.frames == ["a", "b"]


async def test_a_cancelled_writer_loses_nobodys_frames(wire: Wire) -> None:
    box = outbox(wire)
    wire.open.clear()
    writer = asyncio.create_task(box.send("mine"))
    await wire.waiting.wait()
    await box.send("yours")
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    wire.open.set()
    await box.drained()
    assert wire.frames == ["mine", "yours"]


async def test_a_peer_that_left_frees_everybody(wire: Wire) -> None:
    box = outbox(wire, messages=1)
    wire.open.clear()
    first = asyncio.create_task(box.send("a"))
    await wire.waiting.wait()
    second = asyncio.create_task(box.send("b"))
    await asyncio.sleep(0)
    wire.gone = True
    wire.open.set()
    async with asyncio.timeout(5):
        await asyncio.gather(first, second)
        await box.drained()
        await box.send("c")
    assert wire.frames == []


async def test_how_long_the_peer_has_not_read(wire: Wire) -> None:
    box = outbox(wire)
    now = asyncio.get_running_loop().time
    assert box.blocked_s(now()) == 0.0
    wire.open.clear()
    box.post("a")
    await wire.waiting.wait()
    assert box.blocked_s(now() + 7) > 6.9
    wire.open.set()
    await box.drained()
    assert box.blocked_s(now() + 7) == 0.0


async def test_stop_drops_the_rest_and_ends_the_writer(wire: Wire) -> None:
    box = outbox(wire)
    wire.open.clear()
    box.post("a")
    await wire.waiting.wait()
    await box.stop()
    wire.open.set()
    await box.send("b")
    assert wire.frames == []
