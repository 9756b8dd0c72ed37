"""Bookkeeping of presence: what is new, what is missing, who is gone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.presence_view import Change, ChangeKind, Others

JOIN, UPDATE, LEAVE = ChangeKind.JOIN, ChangeKind.UPDATE, ChangeKind.LEAVE


def join(member_id: str, info: Any = None) -> Change:
    return Change(JOIN, member_id, info)


def test_changes_are_taken_in_order() -> None:
    others = Others()
    assert others.take("a", 1, [join("1", "x")], 0.0) == [join("1", "x")]
    assert others.take("a", 3, [Change(UPDATE, "1", "y"), join("2")], 0.0) == [Change(UPDATE, "1", "y"), join("2")]
    assert others.take("a", 4, [Change(LEAVE, "1", None)], 0.0) == [Change(LEAVE, "1", "y")]
    assert others.members() == {"2": None}


def test_what_comes_twice_changes_nothing() -> None:
    others = Others()
    others.take("a", 1, [join("1")], 0.0)
    assert others.take("a", 1, [join("1")], 0.0) == []
    assert others.take("a", 2, [join("1"), join("2")], 0.0) == [join("2")]


@pytest.mark.parametrize("changes", [[], [join("3")]])
def test_a_hole_in_the_count_is_noticed(changes: list[Change]) -> None:
    others = Others()
    others.take("a", 1, [join("1")], 0.0)
    assert others.take("a", 3, changes, 0.0) is None
    assert others.take("unknown", 3, changes, 0.0) is None
    assert others.members() == {"1": None}


def test_a_whole_list_fills_the_hole() -> None:
    others = Others()
    others.take("a", 2, [join("1", "x"), join("2")], 0.0)
    told = others.replace("a", 9, {"1": "y", "3": None}, 0.0)
    assert told == [Change(LEAVE, "2", None), Change(UPDATE, "1", "y"), join("3")]
    assert others.take("a", 9, [], 0.0) == []


def test_an_older_list_is_not_believed() -> None:
    others = Others()
    others.take("a", 2, [join("1"), Change(LEAVE, "1", None)], 0.0)
    assert others.replace("a", 1, {"1": None}, 0.0) == []
    assert others.members() == {}


def test_a_replica_takes_its_members_with_it() -> None:
    others = Others()
    others.take("a", 1, [join("1", "x")], 0.0)
    others.take("b", 1, [join("2")], 0.0)
    assert others.forget("a") == [Change(LEAVE, "1", "x")]
    assert others.forget("a") == []
    assert others.members() == {"2": None}


def test_the_silent_are_forgotten_and_a_sign_of_life_counts() -> None:
    others = Others()
    for source in ("a", "b", "c"):
        others.take(source, 1, [join(source)], 0.0)
    others.take("b", 1, [], 10.0)
    others.take("c", 5, [], 10.0)
    assert others.forget_silent(5.0) == [Change(LEAVE, "a", None)]
    assert set(others.members()) == {"b", "c"}


@given(
    st.lists(st.tuples(st.sampled_from([JOIN, UPDATE, LEAVE]), st.sampled_from("123"), st.integers(0, 2)), max_size=30),
    st.lists(st.integers(1, 4), min_size=1, max_size=30),
    st.lists(st.sampled_from(["seen", "twice", "lost"]), min_size=1, max_size=30),
)
def test_whatever_is_lost_or_doubled_the_list_is_right_in_the_end(
    steps: list[tuple[ChangeKind, str, int]], sizes: list[int], fates: list[str]
) -> None:
    others, truth, heard, done = Others(), dict[str, Any](), dict[str, Any](), 0
    while steps[done:]:
        batch = [Change(*step) for step in steps[done : done + sizes[done % len(sizes)]]]
        for change in batch:
            truth.pop(change.member_id, None) if change.kind is LEAVE else truth.update({change.member_id: change.info})
        done += len(batch)
        fate = fates[done % len(fates)]
        for _ in range({"seen": 1, "twice": 2, "lost": 0}[fate]):
            told = others.take("a", done, batch, 0.0)
            told = others.replace("a", done, dict(truth), 0.0) if told is None else told
            follow(heard, told)
        if fate != "lost":
            assert others.members() == heard == truth


def follow(heard: dict[str, Any], told: list[Change]) -> None:
    for change in told:
        if change.kind is LEAVE:
            del heard[change.member_id]
        else:
            assert (change.member_id in heard) is (change.kind is UPDATE)
            heard[change.member_id] = change.info
