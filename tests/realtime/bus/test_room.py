"""Members and rooms by themselves: nothing lost or doubled whatever happens between a read and a message."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from tortoise.exceptions import OperationalError

from domain.channels.log import Place
from realtime.bus.members import Member, Standing
from realtime.bus.room import Room, Stretch
from realtime.frames import SharedFrame
from tests.realtime.bus.reader import Reader


class Shelf(Room):
    """A room whose log is a list: message n says "n"."""

    def __init__(self, page: int = 3) -> None:
        super().__init__("shelf")
        self.epoch = "e"
        self.first = 1
        self.page = page
        self.faults = 0

    async def can_fill(self, after: Place) -> bool:
        await asyncio.sleep(0)
        return after.epoch == self.epoch and self.first - 1 <= after.position <= self.position

    async def read(self, member: Member) -> Stretch | None:
        start, up_to = member.position, self.position
        await asyncio.sleep(0)
        if self.faults:
            self.faults -= 1
            raise OperationalError("away")
        if start < self.first - 1:
            return None
        numbers = range(start + 1, min(up_to, start + self.page) + 1)
        return Stretch([(number, SharedFrame(str(number))) for number in numbers], numbers[-1])

    def say(self) -> None:
        before, self.position = self.position, self.position + 1
        self.members.say(SharedFrame(str(self.position)), before)


async def settled(member: Member) -> None:
    async with asyncio.timeout(5):
        while (task := member.catching_up) is not None:
            await asyncio.wait([task])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["say", "turn", "read", "full", "again"]), min_size=1, max_size=60),
    st.integers(0, 4),
    st.integers(1, 4),
)
def test_everything_comes_once_and_in_order(steps: list[str], start: int, page: int) -> None:
    asyncio.run(_play(steps, start, page))


async def _play(steps: list[str], start: int, page: int) -> None:
    shelf, reader = Shelf(page), Reader()
    for _ in range(5):
        shelf.say()
    member = reader.as_member()
    told = await shelf.enter(member, Place("e", start))
    assert told == {"history": True, "epoch": "e", "offset": start, "recovered": True}
    shelf.begin(member)
    for step in steps:
        if step == "say":
            shelf.say()
        elif step == "turn":
            await asyncio.sleep(0)
        elif step == "again":
            await shelf.enter(member, Place("e", int(reader.got[-1]) if reader.got else start))
            shelf.begin(member)
        else:
            reader.read(10**6 if step == "read" else 0)
    reader.read(10**6)
    await settled(member)
    assert reader.got == [str(number) for number in range(start + 1, shelf.position + 1)]
    assert member.standing is Standing.LIVE


async def test_a_log_that_cannot_be_read_for_a_while_delays_only() -> None:
    shelf, reader = Shelf(), Reader()
    shelf.retry_s = 0.0
    for _ in range(3):
        shelf.say()
    shelf.faults = 2
    member = reader.as_member()
    await shelf.enter(member, Place("e", 0))
    shelf.begin(member)
    await settled(member)
    assert reader.got == ["1", "2", "3"]


async def test_one_who_left_hears_nothing() -> None:
    shelf, reader = Shelf(), Reader()
    shelf.say()
    member = reader.as_member()
    await shelf.enter(member, Place("e", 0))
    shelf.begin(member)
    shelf.leave("1")
    await asyncio.sleep(0)
    shelf.say()
    shelf.begin(member)
    assert reader.got == []
    assert len(shelf.members) == 0


async def test_who_is_slow_does_not_hold_up_others() -> None:
    shelf, slow, quick = Shelf(), Reader(1), Reader()
    members = slow.as_member("slow"), quick.as_member("quick")
    for member in members:
        await shelf.enter(member, None)
        shelf.begin(member)
    for _ in range(4):
        shelf.say()
    assert (slow.got, quick.got) == (["1"], ["1", "2", "3", "4"])
    slow.read(10)
    await settled(members[0])
    assert slow.got == ["1", "2", "3", "4"]


async def test_without_a_log_the_loss_is_counted() -> None:
    shelf, slow = Shelf(), Reader(1)
    shelf.epoch = None
    member = slow.as_member()
    await shelf.enter(member, None)
    shelf.begin(member)
    for _ in range(4):
        shelf.say()
    slow.read(10)
    shelf.say()
    assert slow.got[0] == "1"
    assert '"missed":3' in slow.got[1]
    assert slow.got[2] == "5"


async def test_what_is_gone_is_told_once_and_nothing_follows() -> None:
    shelf, slow = Shelf(), Reader(1)
    member = slow.as_member()
    await shelf.enter(member, None)
    shelf.begin(member)
    for _ in range(4):
        shelf.say()
    shelf.first = 4
    slow.read(10)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    shelf.say()
    assert slow.got[0] == "1"
    assert '"offset":1' in slow.got[1]
    assert len(slow.got) == 2
