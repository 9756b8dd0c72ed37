from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.crdt.awareness import Awareness
from realtime.crdt.awareness_codec import GONE, Entry, decode_entries, encode_entries, stamped

ANN, BEN = object(), object()


def one(client_id: int, clock: int, state: bytes = b"{}") -> Entry:
    return Entry(client_id, clock, state)


def test_entries_come_back() -> None:
    entries = [one(1, 0), one(2**40, 7, b'{"a":"\xc3\xa9"}'), one(3, 2, GONE)]
    assert decode_entries(encode_entries(entries)) == entries


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    try:
        decode_entries(payload)
    except ValueError:
        return


def test_a_state_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        decode_entries(encode_entries([one(1, 0, b'"' + b"x" * 70_000 + b'"')]))


def test_the_true_id_tag_is_stamped() -> None:
    entry = stamped(one(1, 0, b'{"user":{"name":"A","idTag":"mallory"},"cursor":1}'), "ann.example")
    assert entry is not None
    assert json.loads(entry.state) == {"user": {"name": "A", "idTag": "ann.example"}, "cursor": 1}


def test_a_state_without_a_user_gets_one() -> None:
    entry = stamped(one(1, 0), "ann.example")
    assert entry is not None
    assert json.loads(entry.state) == {"user": {"idTag": "ann.example"}}


def test_a_guest_has_no_id_tag() -> None:
    entry = stamped(one(1, 0, b'{"user":{"name":"A","idTag":"ann.example"}}'), None)
    assert entry is not None
    assert json.loads(entry.state) == {"user": {"name": "A"}}


def test_a_guests_state_stays_as_it_is() -> None:
    entry = one(1, 0, b'{ "user": {"name": "A"} }')
    assert stamped(entry, None) is entry


@pytest.mark.parametrize("state", [b"{", b"", b"[]", b"7", b'"x"', b"\xff"])
def test_what_is_no_object_is_dropped(state: bytes) -> None:
    assert stamped(one(1, 0, state), "ann.example") is None


def test_leaving_stays_leaving() -> None:
    assert stamped(one(1, 3, b" null "), "ann.example") == one(1, 3, GONE)


def test_only_news_is_news() -> None:
    awareness = Awareness()
    assert awareness.hear(ANN, [one(1, 0)], 0.0).news == [one(1, 0)]
    assert awareness.hear(ANN, [one(1, 0)], 0.0).news == []
    assert awareness.hear(ANN, [one(1, 1)], 0.0).news == [one(1, 1)]
    assert awareness.present() == [one(1, 1)]


def test_a_client_belongs_to_the_first_connection() -> None:
    awareness = Awareness()
    awareness.hear(ANN, [one(1, 0)], 0.0)
    assert awareness.hear(BEN, [one(1, 5, b'{"a":1}')], 0.0).news == []
    assert awareness.present() == [one(1, 0)]


def test_sending_on_what_others_said_makes_nobody_their_owner() -> None:
    awareness = Awareness()
    awareness.hear(ANN, [one(1, 0)], 0.0)
    awareness.hear(ANN, [one(1, 1, GONE)], 0.0)
    awareness.leave(ANN, 0.0)
    awareness.hear(BEN, [one(1, 1, GONE)], 0.0)
    awareness.hear_replica([one(2, 0)], 0.0)
    awareness.hear(BEN, [one(2, 0)], 0.0)
    cid = object()
    assert awareness.hear(cid, [one(1, 2), one(2, 1)], 0.0).news == [one(1, 2), one(2, 1)]


def test_a_connection_speaks_for_eight_clients() -> None:
    awareness = Awareness()
    heard = awareness.hear(ANN, [one(number, 0) for number in range(10)], 0.0)
    assert [entry.client_id for entry in heard.news] == list(range(8))


def test_who_leaves_is_gone_with_the_next_clock() -> None:
    awareness = Awareness()
    awareness.hear(ANN, [one(1, 4)], 0.0)
    awareness.hear(BEN, [one(2, 0)], 0.0)
    assert awareness.leave(ANN, 1.0) == [one(1, 5, GONE)]
    assert awareness.present() == [one(2, 0)]
    assert awareness.leave(ANN, 1.0) == []


def test_who_comes_back_with_an_old_clock_is_told_so() -> None:
    """It says itself again with a higher clock then; otherwise the others would not see it for half a minute."""
    awareness = Awareness()
    awareness.hear(ANN, [one(1, 4)], 0.0)
    awareness.leave(ANN, 1.0)
    heard = awareness.hear(BEN, [one(1, 4)], 2.0)
    assert (heard.news, heard.outdated) == ([], [one(1, 5, GONE)])
    assert awareness.hear(BEN, [one(1, 6)], 2.0).news == [one(1, 6)]


def test_who_is_silent_for_half_a_minute_is_gone() -> None:
    awareness = Awareness()
    awareness.hear(ANN, [one(1, 0)], 0.0)
    awareness.hear(BEN, [one(2, 0)], 20.0)
    assert awareness.expire(29.0) == []
    assert awareness.expire(31.0) == [one(1, 1, GONE)]
    assert awareness.expire(31.5) == []
    assert awareness.present() == [one(2, 0)]


def test_the_long_gone_are_forgotten() -> None:
    awareness = Awareness()
    for number in range(100):
        awareness.hear_replica([one(number, 0)], 0.0)
    awareness.expire(40.0)
    awareness.expire(400.0)
    assert awareness.hear_replica([one(1, 0)], 400.0) == [one(1, 0)]


def test_another_replicas_clients_are_not_ours_to_tell() -> None:
    awareness = Awareness()
    awareness.hear(ANN, [one(1, 0)], 0.0)
    assert awareness.hear_replica([one(2, 0)], 0.0) == [one(2, 0)]
    assert awareness.hear_replica([one(2, 0)], 0.0) == []
    assert awareness.present(owned_only=True) == [one(1, 0)]
    assert len(awareness.present()) == 2


def test_a_client_that_moved_to_another_replica_is_not_ended_by_the_old_connection() -> None:
    awareness = Awareness()
    awareness.hear(ANN, [one(1, 0)], 0.0)
    awareness.hear_replica([one(1, 1)], 1.0)
    assert awareness.leave(ANN, 2.0) == []
    assert awareness.present() == [one(1, 1)]
