from __future__ import annotations

from typing import Any

import pytest

from domain.errors import InvalidInput
from domain.trees.computed import called, check_query, counted, mark_of, operated

NOW_MS = 1_700_000_000_000
OPERATED: list[tuple[dict[str, Any], Any, Any]] = [
    ({"$op": "increment"}, 5, 6),
    ({"$op": "increment", "by": 2.5}, 5, 7.5),
    ({"$op": "increment", "by": 3}, None, 3),
    ({"$op": "increment"}, "text", 1),
    ({"$op": "increment"}, True, 1),
    ({"$op": "increment"}, 2**63 - 1, float(2**63)),
    ({"$op": "decrement", "by": 2}, 5, 3),
    ({"$op": "multiply", "by": 3}, 5, 15),
    ({"$op": "multiply", "by": 3}, None, 0),
    ({"$op": "append", "values": [2, 2]}, [1], [1, 2, 2]),
    ({"$op": "append", "values": [1]}, None, [1]),
    ({"$op": "append", "values": [1]}, "text", [1]),
    ({"$op": "remove", "values": [1, "b"]}, [1.0, "a", "b", True, 1], ["a", True]),
    ({"$op": "remove", "values": [1]}, None, []),
    ({"$op": "concat", "value": "b"}, "a", "ab"),
    ({"$op": "concat", "value": "b"}, None, "b"),
    ({"$op": "setIfNotExists", "value": 5}, None, 5),
    ({"$op": "setIfNotExists", "value": 5}, 0, 0),
    ({"$op": "min", "value": 3}, 5, 3),
    ({"$op": "min", "value": 3}, None, 3),
    ({"$op": "max", "value": 3}, 5, 5),
    ({"$op": "max", "value": 3}, None, 3),
]


@pytest.mark.parametrize(("spec", "now", "result"), OPERATED)
def test_operations_on_what_is_there(spec: dict[str, Any], now: Any, result: Any) -> None:
    found = operated(spec, now)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize(
    ("spec", "now"),
    [
        ({"$op": "power"}, 1),
        ({"$op": ["increment"]}, 1),
        ({"$op": "increment", "by": "2"}, 1),
        ({"$op": "increment", "by": None}, 1),
        ({"$op": "increment", "by": True}, 1),
        ({"$op": "multiply", "by": 1e308}, 1e308),
        ({"$op": "append"}, []),
        ({"$op": "append", "values": 5}, []),
        ({"$op": "concat", "value": 5}, ""),
        ({"$op": "concat"}, ""),
        ({"$op": "setIfNotExists"}, None),
        ({"$op": "min"}, 1),
        ({"$op": "max", "value": "3"}, 1),
    ],
)
def test_wrong_operations_are_refused(spec: dict[str, Any], now: Any) -> None:
    with pytest.raises(InvalidInput):
        operated(spec, now)


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("now", [], NOW_MS),
        ("slugify", [" Hello,  Wörld_1! "], "hello-wörld-1"),
        ("lowercase", ["ÄB"], "äb"),
        ("uppercase", ["äb"], "ÄB"),
        ("trim", ["  a "], "a"),
        ("length", ["äb"], 3),
        ("length", [[1, 2]], 2),
    ],
)
def test_functions(name: str, args: list[Any], result: Any) -> None:
    assert called({"$fn": name, "args": args}, NOW_MS) == result


def test_a_hash_is_stable() -> None:
    first = called({"$fn": "hash", "args": ["a"]}, 0)
    assert first == called({"$fn": "hash", "args": ["a"]}, 5)
    assert int(first, 16) >= 0
    assert called({"$fn": "hash", "args": [{"b": 1, "a": 2}]}, 0) == called(
        {"$fn": "hash", "args": [{"a": 2, "b": 1}]}, 0
    )


@pytest.mark.parametrize(
    "spec",
    [
        {"$fn": "nothing", "args": ["a"]},
        {"$fn": "slugify"},
        {"$fn": "slugify", "args": [5]},
        {"$fn": "length", "args": [5]},
        {"$fn": "hash"},
        {"$fn": "trim", "args": "a"},
        {"$fn": ["now"]},
    ],
)
def test_wrong_functions_are_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        called(spec, NOW_MS)


DOCUMENTS: list[dict[str, Any]] = [{"id": "a", "n": 1}, {"id": "b", "n": 2.5}, {"id": "c"}, {"id": "d", "n": "text"}]


@pytest.mark.parametrize(
    ("name", "field", "result"),
    [
        ("count", None, 4),
        ("count", "n", 3),
        ("sum", "n", 3.5),
        ("sum", "absent", 0),
        ("avg", "n", 1.75),
        ("avg", "absent", None),
        ("min", "n", 1),
        ("max", "n", 2.5),
        ("first", None, {"id": "a", "n": 1}),
        ("first", "n", 1),
        ("last", "n", "text"),
        ("last", None, {"id": "d", "n": "text"}),
        ("first", "absent", None),
    ],
)
def test_queries_of_documents(name: str, field: str | None, result: Any) -> None:
    assert counted(name, DOCUMENTS, field) == result


def test_wrong_queries_are_refused() -> None:
    for spec in ({"$query": "median"}, {"$query": 5}, {"$query": "sum", "field": 5}):
        with pytest.raises(InvalidInput):
            check_query(spec)
    with pytest.raises(InvalidInput):
        counted("sum", DOCUMENTS, None)


def test_what_counts_as_computed() -> None:
    assert mark_of({"$op": "increment"}) == "$op"
    assert mark_of({"op": "increment"}) is None
    assert mark_of([{"$op": "increment"}]) is None
