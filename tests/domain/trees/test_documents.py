from __future__ import annotations

from typing import Any

import pytest

from domain.errors import InvalidInput
from domain.trees.documents import Data, SortKey, check_mapping, in_order, projected, shown, updated, value_at


def test_the_key_is_the_id_unless_the_document_has_its_own() -> None:
    assert shown("k", {"a": 1}) == {"id": "k", "a": 1}
    assert shown("k", {"id": "own", "a": 1}) == {"id": "own", "a": 1}


def test_a_projection_keeps_the_id() -> None:
    assert projected({"id": "k", "a": 1, "b": 2}, ["b", "c"]) == {"id": "k", "b": 2}
    assert projected({"id": "k", "a": 1}, None) == {"id": "k", "a": 1}


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"y": 2}}),
        ({"a": {"x": 1}}, {"a.y": 2}, {"a": {"x": 1, "y": 2}}),
        ({}, {"a.b.c": 1}, {"a": {"b": {"c": 1}}}),
        ({"a": 5}, {"a.b": 1}, {"a": {"b": 1}}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": {"x": 1, "y": 2}}, {"a.x": None}, {"a": {"y": 2}}),
        ({"a": 5}, {"a.x": None, "q.r": None}, {"a": 5}),
        ({"a": {"n": None}}, {"b": {"n": None}}, {"a": {"n": None}, "b": {"n": None}}),
    ],
)
def test_an_update_is_a_shallow_merge(before: Any, changes: Any, after: Any) -> None:
    kept = {name: dict(value) if isinstance(value, dict) else value for name, value in before.items()}
    assert updated(before, changes) == after
    assert before == kept, "what was there is not changed in place"


def test_values_by_their_names() -> None:
    assert value_at({"a": {"b": 5}}, "a.b") == 5
    assert value_at({"a": 5}, "a.b") is None
    assert value_at({}, "a") is None


def test_sorting_by_several_keys() -> None:
    documents: list[Data] = [
        {"id": "1", "a": 1, "b": "x"},
        {"id": "2", "a": 2},
        {"id": "3", "b": "y"},
        {"id": "4", "a": 1, "b": "y"},
    ]
    by_a = in_order(documents, [SortKey("a")])
    assert [one["id"] for one in by_a] == ["3", "1", "4", "2"]
    both = in_order(documents, [SortKey("a", ascending=False), SortKey("b", ascending=False)])
    assert [one["id"] for one in both] == ["2", "4", "1", "3"]


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_a_document_is_a_mapping(data: Any) -> None:
    with pytest.raises(InvalidInput):
        check_mapping(data)
