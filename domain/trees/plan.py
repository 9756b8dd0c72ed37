"""Which rows a query reads: those that an index names, in the index's order, or the collection in the order of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.trees.documents import SortKey
from domain.trees.filters import Condition, Filter, Operator
from domain.trees.rows import Index
from domain.trees.values import MISSING_KEY, PRESENT_LOW, field_key, order_key

LONGEST_ENTRY_BYTES = 256
"""Longer values are cut off in an index: what it names is then more than what matches, and is looked at again."""
ELEMENT = b"\x80"
"""Before an element of a list; everything else lies below."""
_POINTS = {
    Operator.EQUALS: b"",
    Operator.IN: b"",
    Operator.CONTAINS: ELEMENT,
    Operator.CONTAINS_ANY: ELEMENT,
    Operator.CONTAINS_ALL: ELEMENT,
}
_LOWER = frozenset({Operator.GREATER, Operator.GREATER_OR_EQUAL})
_UPPER = frozenset({Operator.LESS, Operator.LESS_OR_EQUAL})


@dataclass(frozen=True, slots=True)
class Scan:
    """The whole collection, by key."""


@dataclass(frozen=True, slots=True)
class Points:
    """What an index has at these values."""

    index: Index
    values: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """What an index has from low to before high. descending: None when no order is asked for."""

    index: Index
    low: bytes = MISSING_KEY
    high: bytes = ELEMENT
    descending: bool | None = None


Plan = Scan | Points | Span


def plan_of(indexes: Sequence[Index], conditions: Filter, sort: Sequence[SortKey], *, limited: bool) -> Plan:
    """The plan that reads least: single values before a span, a span before an order, that before the collection.

    An order is only used for a query with a limit: without one, everything is read anyway.
    """
    by_field = {index.field: index for index in indexes}
    points = [
        _points(by_field[one.field], one) for one in conditions if one.field in by_field and one.operator in _POINTS
    ]
    if points:
        return min(points, key=lambda plan: len(plan.values))
    spans = [
        _span(by_field[field], conditions)
        for field in dict.fromkeys(one.field for one in conditions)
        if field in by_field
    ]
    chosen = next((span for span in spans if span.low != MISSING_KEY or span.high != ELEMENT), None)
    if not limited or not sort or sort[0].field not in by_field:
        return chosen or Scan()
    if chosen is not None and chosen.index.field != sort[0].field:
        return chosen
    bounds = chosen or Span(by_field[sort[0].field])
    return Span(bounds.index, bounds.low, bounds.high, descending=not sort[0].ascending)


def entries_of(document: Mapping[str, Any], field: str) -> set[bytes]:
    """What an index keeps of a document: its value, and each element of a list."""
    entries = {cut(field_key(document, field))}
    value = document.get(field)
    if isinstance(value, list):
        entries |= {ELEMENT + cut(order_key(element)) for element in value}
    return entries


def cut(key: bytes) -> bytes:
    return key[:LONGEST_ENTRY_BYTES]


def next_after(value: bytes) -> bytes:
    """The very next value there can be."""
    return value + b"\x00"


def is_cut(value: bytes) -> bool:
    """Whether other values may hide behind this entry."""
    return len(value) >= LONGEST_ENTRY_BYTES


def _points(index: Index, condition: Condition) -> Points:
    keys = condition.keys[:1] if condition.operator is Operator.CONTAINS_ALL else condition.keys
    prefix = _POINTS[condition.operator]
    return Points(index, tuple(dict.fromkeys(prefix + cut(key) for key in keys)))


def _span(index: Index, conditions: Filter) -> Span:
    """The narrowest span in which everything lies that these conditions let pass."""
    mine = [one for one in conditions if one.field == index.field]
    lows = [_low(one) for one in mine if one.operator in _LOWER]
    highs = [_high(one) for one in mine if one.operator in _UPPER]
    low = max(lows) if lows else PRESENT_LOW if highs else MISSING_KEY
    return Span(index, low, min(highs) if highs else ELEMENT)


def _low(condition: Condition) -> bytes:
    """The first entry that may match; a value that was cut off may hide larger ones."""
    entry = cut(condition.keys[0])
    return next_after(entry) if condition.operator is Operator.GREATER and not is_cut(entry) else entry


def _high(condition: Condition) -> bytes:
    """The first entry that cannot match any more; a value that was cut off may hide smaller ones."""
    entry = cut(condition.keys[0])
    return entry if condition.operator is Operator.LESS and not is_cut(entry) else next_after(entry)
