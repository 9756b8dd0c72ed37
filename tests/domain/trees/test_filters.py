from __future__ import annotations

from typing import Any

import pytest

from domain.trees.filters import parse_filter, passes

DOCUMENTS: dict[str, dict[str, Any]] = {
    "none": {},
    "null": {"f": None},
    "one": {"f": 1},
    "two": {"f": 2},
    "half": {"f": 1.5},
    "text": {"f": "b"},
    "more": {"f": "ba"},
    "true": {"f": True},
    "list": {"f": [1, "b"]},
    "empty": {"f": []},
    "map": {"f": {"g": 1}},
}
ALL = set(DOCUMENTS)

TABLE: list[tuple[dict[str, Any], set[str]]] = [
    ({"equals": {"f": 1}}, {"one"}),
    ({"equals": {"f": 1.0}}, {"one"}),
    ({"equals": {"f": True}}, {"true"}),
    ({"equals": {"f": None}}, {"null"}),
    ({"equals": {"f": [1, "b"]}}, {"list"}),
    ({"equals": {"f": {"g": 1}}}, {"map"}),
    ({"notEquals": {"f": 1}}, ALL - {"one"}),
    ({"greaterThan": {"f": 1}}, {"two", "half", "null", "true", "list", "empty", "map"}),
    ({"greaterThanOrEqual": {"f": 1.5}}, {"two", "half", "null", "true", "list", "empty", "map"}),
    ({"lessThan": {"f": 2}}, {"one", "half", "text", "more"}),
    ({"lessThanOrEqual": {"f": 2}}, {"one", "two", "half", "text", "more"}),
    ({"greaterThan": {"f": "b"}}, ALL - {"none", "text"}),
    ({"lessThan": {"f": "ba"}}, {"text"}),
    ({"inArray": {"f": [1, "b", None]}}, {"one", "text", "null"}),
    ({"inArray": {"f": []}}, set()),
    ({"notInArray": {"f": [1, "b"]}}, ALL - {"one", "text"}),
    ({"arrayContains": {"f": "b"}}, {"list"}),
    ({"arrayContains": {"f": True}}, set()),
    ({"arrayContainsAny": {"f": [7, 1]}}, {"list"}),
    ({"arrayContainsAll": {"f": ["b", 1.0]}}, {"list"}),
    ({"arrayContainsAll": {"f": ["b", 2]}}, set()),
    ({"arrayContainsAll": {"f": []}}, {"list", "empty"}),
    ({"greaterThan": {"f": 1}, "lessThan": {"f": 2}}, {"half"}),
    ({"equals": {"f": 1, "g": 1}}, set()),
    ({"equals": {"absent": 1}}, set()),
    ({"notEquals": {"absent": 1}}, ALL),
]


@pytest.mark.parametrize(("sent", "expected"), TABLE)
def test_what_a_filter_lets_pass(sent: dict[str, Any], expected: set[str]) -> None:
    conditions = parse_filter(sent)
    assert {name for name, document in DOCUMENTS.items() if passes(document, conditions)} == expected


@pytest.mark.parametrize(
    "sent",
    [None, {}, 5, "equals", [], {"equals": 5}, {"equals": {"f": 1}, "inArray": {"f": 5}}, {"like": {"f": "x"}}],
)
def test_one_that_cannot_be_understood_lets_everything_pass(sent: Any) -> None:
    assert parse_filter(sent) == ()
