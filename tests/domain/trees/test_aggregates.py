from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.trees.aggregates import Aggregate, Groups, parse_aggregate

OPS = (("sum", "n"), ("avg", "n"), ("min", "n"), ("max", "n"))


def test_groups_with_figures() -> None:
    documents: list[dict[str, Any]] = [
        {"g": "x", "n": 1},
        {"g": "x", "n": 2.5},
        {"g": "y"},
        {"n": 5},
        {"g": None},
        {"g": ["x", "z", "x"]},
    ]
    assert Groups(Aggregate("g", OPS), documents).entries() == [
        {"group": "x", "count": 3, "sum_n": 3.5, "avg_n": 1.75, "min_n": 1, "max_n": 2.5},
        {"group": "y", "count": 1, "sum_n": 0},
        {"group": "z", "count": 1, "sum_n": 0},
    ]


def test_groups_are_named_by_json_where_they_are_no_texts() -> None:
    documents: list[dict[str, Any]] = [{"g": 5}, {"g": 5.0}, {"g": True}, {"g": {"b": 1, "a": 2}}, {"g": ""}]
    names = {entry["group"]: entry["count"] for entry in Groups(Aggregate("g"), documents).entries()}
    assert names == {"5": 2, "true": 1, '{"a":2,"b":1}': 1, "": 1}


def test_a_group_that_is_gone_counts_0() -> None:
    groups = Groups(Aggregate("g", OPS), [{"g": "x", "n": 1}])
    assert groups.remove({"g": "x", "n": 1}) == {"x"}
    assert groups.entries({"x"}) == [{"group": "x", "count": 0}]
    assert groups.entries() == []


def test_the_order_of_groups() -> None:
    documents = [{"g": name} for name in ["b", "a", "c", "c", "é", "z"]]
    assert [one["group"] for one in Groups(Aggregate("g"), documents).entries()] == ["c", "a", "b", "z", "é"]


def test_sums_larger_than_numbers_stay_numbers() -> None:
    entry = Groups(Aggregate("g", OPS), [{"g": "x", "n": 1e308}, {"g": "x", "n": 1e308}]).entries()[0]
    assert entry["sum_n"] == 1.7976931348623157e308


@given(
    st.lists(st.tuples(st.sampled_from("xyz"), st.floats(allow_nan=False, allow_infinity=False)), max_size=20),
    st.data(),
)
def test_what_came_and_went_leaves_no_trace(rows: list[tuple[str, float]], data: Any) -> None:
    documents = [{"g": group, "n": number} for group, number in rows]
    gone = data.draw(st.sets(st.integers(0, len(documents)), max_size=len(documents)))
    groups = Groups(Aggregate("g", OPS), documents)
    for place, document in enumerate(documents):
        if place in gone:
            groups.remove(document)
    fresh = Groups(Aggregate("g", OPS), [one for place, one in enumerate(documents) if place not in gone])
    assert groups.entries() == fresh.entries()


def test_what_a_client_may_ask_for() -> None:
    assert parse_aggregate(None) is None
    sent = {"groupBy": "g", "ops": [{"op": "sum", "field": "n"}, {"op": "sum", "field": "n"}]}
    assert parse_aggregate(sent) == Aggregate("g", (("sum", "n"),))
    assert parse_aggregate({"groupBy": "g"}) == Aggregate("g")


@pytest.mark.parametrize(
    "sent",
    [5, {}, {"groupBy": 5}, {"groupBy": "g", "ops": 5}, {"groupBy": "g", "ops": [5]},
     {"groupBy": "g", "ops": [{"op": "median", "field": "n"}]},
     {"groupBy": "g", "ops": [{"op": ["sum"], "field": "n"}]},
     {"groupBy": "g", "ops": [{"op": "sum"}]}],
)  # fmt: skip
def test_what_it_may_not(sent: Any) -> None:
    with pytest.raises(InvalidInput):
        parse_aggregate(sent)
