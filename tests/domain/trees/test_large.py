"""A collection of 100,000 documents: what an index is asked for reads what matches, and a write costs its own size."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import orjson
import pytest
from tortoise.transactions import in_transaction

from domain.models.sql import connection, fetch, is_postgres
from domain.models.tree import TreeChange, TreeIndexEntry
from domain.ports import Ports
from domain.trees.aggregates import Aggregate
from domain.trees.create_index import create_index
from domain.trees.documents import SortKey
from domain.trees.filters import parse_filter
from domain.trees.plan import entries_of
from domain.trees.query import Query, query
from domain.trees.rows import Reading, head_of
from domain.trees.transact import Operation, transact
from tests.domain.trees.conftest import ALICE

COUNT = 100_000
ASKED: list[tuple[Query, int, int]] = [
    (Query("things", parse_filter({"equals": {"of": 77}})), 100, 100),
    (Query("things", parse_filter({"equals": {"of": 77}}), limit=5), 5, 5),
    (Query("things", parse_filter({"equals": {"of": 77, "n": 7777}})), 1, 100),
    (Query("things", parse_filter({"inArray": {"of": [5, 500]}})), 200, 200),
    (Query("things", parse_filter({"greaterThan": {"of": 997}})), 200, 200),
    (Query("things", parse_filter({"greaterThanOrEqual": {"of": 10}, "lessThan": {"of": 12}})), 200, 200),
    (Query("things", sort=(SortKey("of", ascending=False),), limit=20), 20, 20),
    (Query("things", parse_filter({"lessThan": {"of": 3}}), (SortKey("of"),), offset=10, limit=20), 20, 30),
    (Query("things", parse_filter({"equals": {"of": 3}}), aggregate=Aggregate("of", (("sum", "n"),))), 1, 100),
    (Query("things", limit=20, offset=10), 20, 30),
]
"""Query, how many it finds, how many documents it may read at most."""
TABLES = {
    "tree_document": ("tree_id", "collection", "key", "data"),
    "tree_index_entry": ("index_id", "key", "value"),
}


def _document(number: int) -> dict[str, Any]:
    return {"n": number, "of": number // 100}


@pytest.fixture
async def crowd(ports: Ports, tree: UUID) -> UUID:
    """The tree, with so many documents in `things`; `of` is indexed."""
    await create_index(ports, tree, "things", "of")
    head = await head_of(tree)
    assert head is not None
    index_id = (await fetch("SELECT id FROM tree_index"))[0]["id"]
    documents, entries = [], []
    for number in range(COUNT):
        key, data = b"k%06d" % number, _document(number)
        documents.append((head.number, b"things", key, orjson.dumps(data).decode()))
        entries += [(index_id, key, value) for value in entries_of(data, "of")]
    async with in_transaction():
        await _load("tree_document", documents)
        await _load("tree_index_entry", entries)
    if is_postgres(connection()):
        await fetch("ANALYZE")
    return tree


async def _load(table: str, rows: list[tuple[Any, ...]]) -> None:
    columns = TABLES[table]
    client = connection()
    if is_postgres(client):
        async with client.acquire_connection() as raw:
            await raw.copy_records_to_table(table, records=rows, columns=columns)
    else:
        places = ", ".join("?" for _ in columns)
        await client.execute_many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)  # type: ignore[arg-type]


async def test_it_is_never_read_as_a_whole(ports: Ports, crowd: UUID, caplog: pytest.LogCaptureFixture) -> None:
    for asked, found, most in ASKED:
        reading = Reading()
        assert len(await query(crowd, asked, reading)) == found, asked
        assert reading.rows <= most, asked
        for text, values in reading.statements:
            plan = await _plan(text, values)
            assert "Seq Scan" not in plan, (asked, plan)
            assert "SCAN" not in plan, (asked, plan)
    with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
        await _write(ports, crowd, "small/1")
        in_small = len(caplog.records)
        caplog.clear()
        await _write(ports, crowd, "things/k050000")
        in_large = len(caplog.records)
    assert in_large <= in_small + 2, "its index entry is replaced, that is all"
    changes = await TreeChange.all().order_by("-seq").limit(1)
    assert len(changes[0].content) < 200
    assert await TreeIndexEntry.all().count() == COUNT
    assert len(await query(crowd, Query("things", parse_filter({"equals": {"of": -1}})))) == 1


async def _write(ports: Ports, tree: UUID, path: str) -> None:
    await transact(ports, tree, ALICE, [Operation("update", path, {"of": -1})])


async def _plan(text: str, values: list[Any]) -> str:
    rows = await fetch(f"EXPLAIN {'' if is_postgres(connection()) else 'QUERY PLAN '}{text}", values)
    return "\n".join(str(row.get("QUERY PLAN") or row.get("detail")) for row in rows)
