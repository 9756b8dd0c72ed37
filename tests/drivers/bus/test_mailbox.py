"""Gaps in a mailbox."""

from __future__ import annotations

from domain.ports.bus import BusGap, BusMessage
from drivers.bus.mailbox import Mailbox, Switchboard
from tests.drivers.bus.reading import take

ONE, TWO, THREE = (BusMessage("a", data) for data in (b"1", b"2", b"3"))


async def test_a_gap_stands_where_the_loss_was() -> None:
    mailbox = Mailbox(10)
    mailbox.put(ONE)
    mailbox.tell_gap()
    mailbox.put(TWO)
    assert await take(mailbox, 3) == [ONE, BusGap(), TWO]


async def test_two_gaps_in_a_row_are_one() -> None:
    mailbox = Mailbox(10)
    mailbox.tell_gap()
    mailbox.tell_gap()
    mailbox.put(ONE)
    assert await take(mailbox, 2) == [BusGap(), ONE]


async def test_a_gap_that_overflows_is_still_told() -> None:
    mailbox = Mailbox(2)
    mailbox.tell_gap()
    for message in (ONE, TWO, THREE):
        mailbox.put(message)
    assert await take(mailbox, 3) == [BusGap(), TWO, THREE]


async def test_closing_hands_out_what_is_pending_first() -> None:
    mailbox = Mailbox(10)
    mailbox.put(ONE)
    mailbox.close()
    assert [item async for item in mailbox] == [ONE]


async def test_only_those_concerned_are_told_of_a_gap() -> None:
    switchboard = Switchboard()
    concerned, other = Mailbox(10), Mailbox(10)
    switchboard.join(["a", "b"], concerned)
    switchboard.join(["c"], other)
    switchboard.tell_gap(lambda topic: topic in "ab")
    switchboard.deliver(ONE)
    switchboard.close()
    assert [item async for item in concerned] == [BusGap(), ONE]
    assert [item async for item in other] == []
