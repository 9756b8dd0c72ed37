"""Aggregates: documents counted by what a field holds, with sums, averages and extremes of others.

Kept exactly, so that taking a document out again leaves no trace of rounding: a watched aggregate says what a fresh
one would.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from domain.errors import InvalidInput
from domain.trees.values import canonical_json

Exact = int | Fraction
OPERATIONS = frozenset({"sum", "avg", "min", "max"})


@dataclass(frozen=True, slots=True)
class Aggregate:
    """group_by: a field; a list in it counts for each of its elements. ops: (sum, avg, min or max; field)."""

    group_by: str
    ops: tuple[tuple[str, str], ...] = ()


def parse_aggregate(sent: Any) -> Aggregate | None:
    """None when there is none. InvalidInput: not {groupBy, ops?: [{op, field}]}."""
    if sent is None:
        return None
    if not isinstance(sent, Mapping) or not isinstance(sent.get("groupBy"), str):
        raise InvalidInput("An aggregate needs groupBy.", field="aggregate")
    ops = sent.get("ops") or []
    if not isinstance(ops, list):
        raise InvalidInput("ops must be a list.", field="ops")
    return Aggregate(sent["groupBy"], tuple(dict.fromkeys(_parse_op(op) for op in ops)))


def exact(number: int | float) -> Exact:
    return number if isinstance(number, int) else Fraction(number)


def rounded(total: Exact, count: int = 1) -> int | float:
    """total / count, rounded once; whole results stay whole. What is larger than any number becomes the largest."""
    result = Fraction(total, count)
    if result.denominator == 1 and abs(result.numerator) < 1 << 63:
        return result.numerator
    try:
        return float(result)
    except OverflowError:
        return sys.float_info.max if result > 0 else -sys.float_info.max


class Groups:
    """The groups of some documents, which may come and go."""

    def __init__(self, aggregate: Aggregate, documents: Iterable[Mapping[str, Any]] = ()) -> None:
        self._aggregate = aggregate
        self._fields = tuple(dict.fromkeys(field for _, field in aggregate.ops))
        self._groups: dict[str, _Group] = {}
        for document in documents:
            self.add(document)

    def add(self, document: Mapping[str, Any]) -> set[str]:
        """The groups it belongs to."""
        names = _names(document.get(self._aggregate.group_by))
        for name in names:
            self._groups.setdefault(name, _Group(self._fields)).add(document)
        return names

    def remove(self, document: Mapping[str, Any]) -> set[str]:
        """The groups it belonged to. It must have been added as it is."""
        names = _names(document.get(self._aggregate.group_by))
        for name in names:
            group = self._groups[name]
            group.remove(document)
            if not group.count:
                del self._groups[name]
        return names

    def entries(self, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """All groups (or those: one that is gone counts 0), the largest first, then by name."""
        found = [self._entry(name) for name in (self._groups if names is None else names)]
        return sorted(found, key=lambda entry: (-entry["count"], entry["group"].encode()))

    def _entry(self, name: str) -> dict[str, Any]:
        group = self._groups.get(name)
        if group is None:
            return {"group": name, "count": 0}
        entry: dict[str, Any] = {"group": name, "count": group.count}
        for op, field in self._aggregate.ops:
            value = group.figures[field].result(op)
            if value is not None:
                entry[f"{op}_{field}"] = value
        return entry


class _Group:
    def __init__(self, fields: tuple[str, ...]) -> None:
        self.count = 0
        self.figures = {field: _Figures() for field in fields}

    def add(self, document: Mapping[str, Any]) -> None:
        self.count += 1
        for field, figures in self.figures.items():
            figures.add(document.get(field), 1)

    def remove(self, document: Mapping[str, Any]) -> None:
        self.count -= 1
        for field, figures in self.figures.items():
            figures.add(document.get(field), -1)


class _Figures:
    """The numbers of one field; what is no number does not count."""

    def __init__(self) -> None:
        self._total: Exact = 0
        self._numbers: Counter[int | float] = Counter()
        self._count = 0

    def add(self, value: Any, times: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return
        self._count += times
        self._total += exact(value) * times
        self._numbers[value] += times
        if not self._numbers[value]:
            del self._numbers[value]

    def result(self, op: str) -> int | float | None:
        if op == "sum":
            return rounded(self._total)
        if not self._count:
            return None
        if op == "avg":
            return rounded(self._total, self._count)
        return min(self._numbers) if op == "min" else max(self._numbers)


def _names(value: Any) -> set[str]:
    """The groups that a field's value stands for; null and what is missing stand for none."""
    values = value if isinstance(value, list) else [value]
    return {one if isinstance(one, str) else canonical_json(one).decode() for one in values if one is not None}


def _parse_op(op: Any) -> tuple[str, str]:
    name, field = (op.get("op"), op.get("field")) if isinstance(op, Mapping) else (None, None)
    if not isinstance(name, str) or name not in OPERATIONS or not isinstance(field, str):
        raise InvalidInput("An aggregate's op is {op: sum|avg|min|max, field}.", field="ops")
    return name, field
