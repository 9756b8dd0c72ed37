"""Candidates of a plan, a portion at a time: what a limit makes unnecessary is never read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson

from domain.trees.documents import Data, shown
from domain.trees.plan import Plan, Points, Scan, Span, next_after
from domain.trees.rows import ROWS_PER_STATEMENT, Reading, parts

_SCAN = "SELECT key, data FROM tree_document WHERE tree_id = $1 AND collection = $2 AND key > $3 ORDER BY key LIMIT $4"
# SQLite takes the tables of a CROSS JOIN in this order, also when it knows nothing of their sizes.
_FROM_INDEX = (
    "FROM tree_index_entry e CROSS JOIN tree_document d "
    "WHERE d.tree_id = $1 AND d.collection = $2 AND d.key = e.key AND e.index_id = $3"
)
_BEFORE_ALL = b""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that may match. size_bytes: of its text. value: its entry in the index that named it; b"" without."""

    key: bytes
    document: Data
    size_bytes: int
    value: bytes = b""

    @classmethod
    def of(cls, row: dict[str, Any]) -> Candidate:
        document = shown(row["key"].decode(), orjson.loads(row["data"]))
        return cls(row["key"], document, len(row["data"]), row.get("value", b""))


async def candidates(
    number: int, collection: str, plan: Plan, reading: Reading, wanted: int | None
) -> AsyncIterator[list[Candidate]]:
    """Portions: by key, or (a Span with an order) by value and then key. wanted: how many will do, if all match."""
    portion = ROWS_PER_STATEMENT if wanted is None else max(1, min(wanted, ROWS_PER_STATEMENT))
    place = [number, collection.encode()]
    match plan:
        case Scan():
            async for rows in _by_key(_SCAN, place, reading, portion):
                yield rows
        case Points(index, (value,)):
            text = f"SELECT e.key, d.data {_FROM_INDEX} AND e.value = $4 AND e.key > $5 ORDER BY e.key LIMIT $6"
            async for rows in _by_key(text, [*place, index.id, value], reading, portion):
                yield rows
        case Points(index, values):
            yield await _of_points([*place, index.id], values, reading)
        case Span(descending=None):
            yield await _of_span([*place, plan.index.id], plan, reading)
        case Span():
            async for rows in _ordered([*place, plan.index.id], plan, reading, portion):
                yield rows


async def _by_key(text: str, values: list[Any], reading: Reading, portion: int) -> AsyncIterator[list[Candidate]]:
    after = _BEFORE_ALL
    while True:
        rows = await reading.documents(text, [*values, after, portion])
        if rows:
            yield [Candidate.of(row) for row in rows]
            after = rows[-1]["key"]
        if len(rows) < portion:
            return
        portion = ROWS_PER_STATEMENT


async def _of_points(place: list[Any], values: tuple[bytes, ...], reading: Reading) -> list[Candidate]:
    found: dict[bytes, Candidate] = {}
    for part in parts(values, ROWS_PER_STATEMENT):
        places = ", ".join(f"${number}" for number in range(4, len(part) + 4))
        text = f"SELECT e.key, d.data {_FROM_INDEX} AND e.value IN ({places})"
        rows = await reading.documents(text, [*place, *part])
        found |= {row["key"]: Candidate.of(row) for row in rows}
    return [found[key] for key in sorted(found)]


async def _of_span(place: list[Any], span: Span, reading: Reading) -> list[Candidate]:
    text = f"SELECT e.key, d.data {_FROM_INDEX} AND e.value >= $4 AND e.value < $5"
    rows = await reading.documents(text, [*place, span.low, span.high])
    return [Candidate.of(row) for row in sorted(rows, key=lambda row: row["key"])]


async def _ordered(place: list[Any], span: Span, reading: Reading, portion: int) -> AsyncIterator[list[Candidate]]:
    """From one end of the span on; the last value and key say where the next portion begins."""
    beyond, direction = ("<", "DESC") if span.descending else (">", "ASC")
    text = (
        f"SELECT e.key, e.value, d.data {_FROM_INDEX} AND e.value >= $4 AND e.value < $5 "
        f"AND (e.value {beyond} $6 OR (e.value = $6 AND e.key > $7)) ORDER BY e.value {direction}, e.key LIMIT $8"
    )
    low, high = span.low, span.high
    value, key = (b"\xff", _BEFORE_ALL) if span.descending else (b"", _BEFORE_ALL)
    while True:
        rows = await reading.documents(text, [*place, low, high, value, key, portion])
        if rows:
            yield [Candidate.of(row) for row in rows]
            value, key = rows[-1]["value"], rows[-1]["key"]
            # The bounds move along, so that the engine enters the index where the last portion ended.
            low, high = (low, next_after(value)) if span.descending else (value, high)
        if len(rows) < portion:
            return
        portion = ROWS_PER_STATEMENT
