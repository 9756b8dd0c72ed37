from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.trees.values import MISSING_KEY, canonical_json, field_key, order_key

ASCENDING: list[Any] = [
    "", " ", "a", "a\u0000", "ab", "b", "é", "\U0001f600",
    -1e308, -(2**63), -(2**53) - 1, -(2**53), -2, -1.5, -1, -5e-324, 0, 5e-324, 1, 1.5, 2, 2**53, 2**53 + 1, 2**53 + 2,
    2**63 - 1, 2**64 - 1, 1e308,
    [], [1], [1, 2], [2],
    False, None, True,
    {}, {"a": 1}, {"a": 2}, {"b": 0},
]  # fmt: skip

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8")),
)


def test_the_order_of_values() -> None:
    keys = [order_key(value) for value in ASCENDING]
    lists = [one for one in ASCENDING if isinstance(one, list | dict)]
    assert len(set(keys)) == len(ASCENDING)
    plain = [key for key, value in zip(keys, ASCENDING, strict=True) if value not in lists]
    assert plain == sorted(plain)
    assert order_key("z") < order_key(-1e308) < order_key([]) < order_key(False) < order_key(None) < order_key(True)
    assert order_key(True) < order_key({})


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (0.0, -0.0), ([1, 2.0], [1.0, 2]), ({"b": 1, "a": 2}, {"a": 2.0, "b": 1})]
)
def test_equal_values_have_equal_keys(one: Any, other: Any) -> None:
    assert order_key(one) == order_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), (1, "1"), ("", None), (0, None), ([], {}), ([1], [True])]
)
def test_values_of_different_kinds_are_never_equal(one: Any, other: Any) -> None:
    assert order_key(one) != order_key(other)


def test_what_is_missing_comes_first() -> None:
    assert field_key({}, "a") == MISSING_KEY < order_key("")
    assert field_key({"a": None}, "a") == order_key(None)


def test_canonical_json() -> None:
    assert canonical_json({"b": [1.0, {"d": 1, "c": 2.5}], "a": None}) == b'{"a":null,"b":[1,{"c":2.5,"d":1}]}'


@given(PLAIN, PLAIN)
def test_bytes_compare_as_values_do(one: Any, other: Any) -> None:
    assert (order_key(one) < order_key(other)) == _less(one, other)


def _less(one: Any, other: Any) -> bool:
    if _kind(one) == _kind(other):
        return bool(one < other) if one is not None else False
    return json.dumps(one, ensure_ascii=False) < json.dumps(other, ensure_ascii=False)


def _kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
