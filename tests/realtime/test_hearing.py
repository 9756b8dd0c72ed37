"""What a socket says: in order, at the channel's pace, and a fault of the channel's is told."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

from domain.limits import Rate
from realtime.frames import Frame
from realtime.hearing import Hearing

PLACE: ContextVar[str] = ContextVar("place", default="nowhere")


class Ear:
    """What was heard, and whether reading is held."""

    def __init__(self) -> None:
        self.heard: list[Frame] = []
        self.holds: list[bool] = []
        self.faults = 0
        self.places: list[str] = []
        self.arrived = asyncio.Event()

    def receive(self, frame: Frame) -> None:
        if frame == "fail":
            raise ValueError(frame)
        self.heard.append(frame)
        self.places.append(PLACE.get())
        self.arrived.set()

    def fault(self) -> None:
        self.faults += 1

    def hearing(self, rate: Rate | None = None) -> Hearing:
        return Hearing(self.receive, rate, self.holds.append, self.fault)

    async def has(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.heard) < count:
                self.arrived.clear()
                await self.arrived.wait()


async def test_without_a_rate_everything_is_handed_over_at_once() -> None:
    ear = Ear()
    hearing = ear.hearing(Rate(0, 1.0))
    for number in range(1000):
        hearing.hear(str(number), 0.0)
    assert len(ear.heard) == 1000
    assert ear.holds == []


async def test_who_speaks_too_fast_is_held_and_loses_nothing() -> None:
    ear = Ear()
    hearing = ear.hearing(Rate(5, 0.05))
    now = asyncio.get_running_loop().time()
    for number in range(20):
        hearing.hear(str(number), now)
    assert ear.heard == ["0", "1", "2", "3", "4"]
    assert ear.holds == [True]
    await ear.has(20)
    assert ear.heard == [str(number) for number in range(20)]
    assert ear.holds == [True, False]


async def test_what_waits_at_the_end_is_dropped() -> None:
    ear = Ear()
    hearing = ear.hearing(Rate(1, 0.01))
    now = asyncio.get_running_loop().time()
    for number in range(3):
        hearing.hear(str(number), now)
    hearing.stop()
    await asyncio.sleep(0.03)
    assert ear.heard == ["0"]
    assert ear.holds == [True, False]


async def test_a_fault_is_told_and_the_next_is_still_heard() -> None:
    ear = Ear()
    hearing = ear.hearing()
    hearing.hear("fail", 0.0)
    hearing.hear("next", 0.0)
    assert (ear.faults, ear.heard) == (1, ["next"])


async def test_it_is_heard_where_it_was_asked_for() -> None:
    """Bytes are read in the server's context; a channel must find its own database."""
    ear = Ear()
    PLACE.set("here")
    hearing = ear.hearing()
    PLACE.set("elsewhere")
    hearing.hear("a", 0.0)
    assert ear.places == ["here"]
