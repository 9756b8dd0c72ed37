from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from realtime.crdt.log_order import LogOrder


def test_updates_are_taken_in_their_turn() -> None:
    order = LogOrder()
    order.hear(2, b"b")
    assert order.take_next() == []
    order.hear(1, b"a")
    assert order.take_next() == [b"a", b"b"]
    assert (order.seq, len(order)) == (2, 0)


def test_what_is_known_is_not_news() -> None:
    order = LogOrder()
    assert order.hear(1, b"a")
    assert not order.hear(1, b"a")
    order.take_next()
    assert not order.hear(1, b"a")


def test_our_own_only_hold_their_place() -> None:
    order = LogOrder()
    order.committed(1)
    order.committed(3)
    assert (order.seq, len(order)) == (1, 1)
    order.hear(2, b"b")
    assert order.take_next() == [b"b"]
    assert order.seq == 3


def test_what_was_read_from_the_log_is_not_awaited() -> None:
    order = LogOrder()
    order.hear(3, b"c")
    order.hear(6, b"f")
    order.reach(4)
    assert (order.seq, len(order)) == (4, 1)
    order.reach(2)
    assert order.seq == 4


@given(st.permutations(range(1, 12)), st.sets(st.integers(1, 11)))
def test_any_order_of_arrival_gives_the_order_of_the_log(arrival: list[int], own: set[int]) -> None:
    order, taken = LogOrder(), list[bytes]()
    for seq in arrival:
        if seq in own:
            order.committed(seq)
        else:
            order.hear(seq, bytes([seq]))
        taken += order.take_next()
    assert taken == [bytes([seq]) for seq in range(1, 12) if seq not in own]
    assert (order.seq, len(order)) == (11, 0)
