"""Queries: what an index is asked for is what the collection would say, and reads no more than it must."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

import pytest

from domain.ports import Ports
from domain.trees.aggregates import Aggregate
from domain.trees.create_index import create_index
from domain.trees.documents import SortKey, in_order
from domain.trees.filters import parse_filter, passes
from domain.trees.query import Query, get, query, snapshot
from domain.trees.rows import Reading
from domain.trees.transact import Operation, transact
from tests.domain.trees.conftest import ALICE

LONG = "l" * 400
VALUES: list[Any] = [1, 2, 2.5, 10, "a", "b", LONG + "a", LONG + "b", True, False, None, [1, "a"], ["b"], {"x": 1}]
FILTERS: list[dict[str, Any]] = [
    {"equals": {"f": 2}},
    {"equals": {"f": LONG + "a"}},
    {"inArray": {"f": [1, "b", None, 1]}},
    {"greaterThan": {"f": 2}},
    {"greaterThanOrEqual": {"f": 2}, "lessThan": {"f": 10}},
    {"lessThanOrEqual": {"f": LONG + "a"}},
    {"greaterThan": {"f": LONG + "a"}},
    {"arrayContains": {"f": "a"}},
    {"arrayContainsAny": {"f": ["b", 1]}},
    {"arrayContainsAll": {"f": ["a", 1]}},
    {"notEquals": {"f": 2}},
    {"notInArray": {"f": [2, "a"]}},
    {"equals": {"f": 2, "g": 1}},
    {"greaterThan": {"f": 1}, "equals": {"g": 2}},
    {"inArray": {"f": []}},
    {},
]
SORTS: list[tuple[SortKey, ...]] = [
    (),
    (SortKey("f"),),
    (SortKey("f", ascending=False),),
    (SortKey("g"), SortKey("f", ascending=False)),
    (SortKey("f"), SortKey("g")),
    (SortKey("id", ascending=False),),
]
PAGES: list[tuple[int, int | None]] = [(0, None), (0, 3), (2, 5), (0, 0), (1000, 5), (0, 1000)]


async def fill(ports: Ports, tree: UUID, documents: dict[str, dict[str, Any]]) -> None:
    await transact(ports, tree, ALICE, [Operation("replace", path, data) for path, data in documents.items()])


@pytest.fixture
async def many(ports: Ports, tree: UUID) -> list[dict[str, Any]]:
    """120 documents in `things`, by key, some without `f`, and neighbours that must not be seen."""
    chance = random.Random(7)
    documents: dict[str, dict[str, Any]] = {}
    for number in range(120):
        data = {"g": chance.randrange(3)}
        documents[f"things/k{number:03}"] = data if number % 10 == 9 else {"f": chance.choice(VALUES), **data}
    await fill(ports, tree, {**documents, "thing/k001": {"f": 2}, "things/k001/parts/1": {"f": 2}})
    return [{"id": path.partition("/")[2], **data} for path, data in documents.items()]


@pytest.mark.parametrize("indexed", [[], ["f"], ["f", "g"]])
async def test_an_index_changes_nothing_but_the_cost(
    ports: Ports, tree: UUID, many: list[dict[str, Any]], indexed: list[str]
) -> None:
    for field in indexed:
        await create_index(ports, tree, "things", field)
    for sent in FILTERS:
        matching = [one for one in many if passes(one, parse_filter(sent))]
        for sort in SORTS:
            ordered = in_order(matching, sort)
            for offset, limit in PAGES:
                expected = ordered[offset:] if limit is None else ordered[offset : offset + limit]
                asked = Query("things", parse_filter(sent), sort, offset, limit)
                assert await query(tree, asked) == expected, (sent, sort, offset, limit)


async def test_an_index_follows_every_change(ports: Ports, tree: UUID) -> None:
    await create_index(ports, tree, "things", "f")
    asked = Query("things", parse_filter({"equals": {"f": 1}}))
    await fill(ports, tree, {"things/1": {"f": 1}, "things/2": {"f": 2}})
    assert [one["id"] for one in await query(tree, asked)] == ["1"]
    changes = [
        Operation("update", "things/1", {"f": None}),
        Operation("update", "things/2", {"f": 1}),
        Operation("replace", "things/3", {"f": 1}),
        Operation("delete", "things/3"),
    ]
    await transact(ports, tree, ALICE, changes)
    assert [one["id"] for one in await query(tree, asked)] == ["2"]
    missing = Query("things", parse_filter({"notEquals": {"f": 1}}), (SortKey("f"),), limit=5)
    assert [one["id"] for one in await query(tree, missing)] == ["1"]


async def test_a_limit_stops_the_reading(ports: Ports, tree: UUID) -> None:
    await fill(ports, tree, {f"things/{number:04}": {"f": number % 7} for number in range(1500)})
    reading = Reading()
    found = await query(tree, Query("things", limit=10, offset=5), reading)
    assert [one["id"] for one in found] == [f"{number:04}" for number in range(5, 15)]
    assert reading.rows == 15
    await create_index(ports, tree, "things", "f")
    reading = Reading()
    found = await query(tree, Query("things", parse_filter({"equals": {"f": 3}}), limit=10), reading)
    assert [one["id"] for one in found] == [f"{number:04}" for number in range(3, 73, 7)]
    assert reading.rows == 10


async def test_select_and_aggregate(ports: Ports, tree: UUID) -> None:
    await fill(ports, tree, {f"things/{n}": {"n": n, "of": n % 2, "x": "y"} for n in range(5)})
    assert await query(tree, Query("things", limit=1, select=("n",))) == [{"id": "0", "n": 0}]
    totals = Query("things", parse_filter({"greaterThan": {"n": 0}}), aggregate=Aggregate("of", (("sum", "n"),)))
    assert await query(tree, totals) == [
        {"group": "0", "count": 2, "sum_n": 6},
        {"group": "1", "count": 2, "sum_n": 4},
    ]
    by_sum = Query("things", sort=(SortKey("sum_n"),), limit=1, aggregate=Aggregate("of", (("sum", "n"),)))
    assert await query(tree, by_sum) == [{"group": "1", "count": 2, "sum_n": 4}]


async def test_one_document(ports: Ports, tree: UUID) -> None:
    await fill(ports, tree, {"things/1": {"a": 1, "b": 2}})
    assert await get(tree, "things/1", ["b"]) == {"id": "1", "b": 2}
    assert await get(tree, "things/2") is None


async def test_keys_are_ordered_by_their_code_points(ports: Ports, tree: UUID) -> None:
    keys = ["B", "a", "Z", "_", "é", "10", "9", "\U0001f600"]
    await fill(ports, tree, {f"things/{key}": {} for key in keys})
    assert [one["id"] for one in await query(tree, Query("things"))] == sorted(keys)


async def test_a_snapshot_says_of_which_commit_it_is(ports: Ports, tree: UUID) -> None:
    assert (await snapshot(tree, Query("things"))).seq == 0
    await fill(ports, tree, {"things/1": {"a": 1}})
    await fill(ports, tree, {"things/1/parts/1": {"b": 1}, "things/2": {"a": 2}})
    whole = await snapshot(tree, Query("things", parse_filter({"equals": {"a": 2}})))
    assert (whole.seq, whole.document, whole.documents) == (2, None, [{"id": "2", "a": 2}])
    one = await snapshot(tree, Query("things/1"))
    assert (one.document, one.documents) == ({"id": "1", "a": 1}, [])


async def test_what_was_never_written_is_empty(ports: Ports, tree: UUID) -> None:
    assert await query(tree, Query("things")) == []
    assert await get(tree, "things/1") is None
