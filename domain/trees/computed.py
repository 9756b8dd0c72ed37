"""Computed values: {$op: …} on what a field holds now, {$fn: …} on arguments, {$query: …} on other documents."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from domain.errors import InvalidInput
from domain.trees.aggregates import exact, rounded
from domain.trees.values import canonical_json, order_key

MARKS = ("$op", "$fn", "$query")
QUERIES = frozenset({"count", "sum", "avg", "min", "max", "exists", "first", "last"})
_APART = re.compile(r"[\W_]+")
_WHOLE = 1 << 63


def mark_of(value: Any) -> str | None:
    """Which kind of computed value it is; None: a plain one."""
    if not isinstance(value, Mapping):
        return None
    return next((mark for mark in MARKS if mark in value), None)


def operated(spec: Mapping[str, Any], now: Any) -> Any:
    """The result of a $op on what the field holds (None: nothing). InvalidInput: unknown, or wrong arguments."""
    match spec["$op"]:
        case "increment":
            return _fitting(_number_or_0(now) + _number(spec.get("by", 1), "by"))
        case "decrement":
            return _fitting(_number_or_0(now) - _number(spec.get("by", 1), "by"))
        case "multiply":
            return _fitting(_number_or_0(now) * _number(spec.get("by", 1), "by"))
        case "append":
            return [*_list_or_empty(now), *_values(spec)]
        case "remove":
            unwanted = {order_key(value) for value in _values(spec)}
            return [value for value in _list_or_empty(now) if order_key(value) not in unwanted]
        case "concat":
            return (now if isinstance(now, str) else "") + _text(spec.get("value"), "value")
        case "setIfNotExists":
            return _given(spec, "value") if now is None else now
        case "min":
            given = _number(spec.get("value"), "value")
            return min(now, given) if _is_number(now) else given
        case "max":
            given = _number(spec.get("value"), "value")
            return max(now, given) if _is_number(now) else given
    raise InvalidInput("There is no such $op.", field="$op")


def called(spec: Mapping[str, Any], now_ms: int) -> Any:
    """The result of a $fn. now_ms: milliseconds since 1970. InvalidInput: unknown, or wrong arguments."""
    name, args = spec["$fn"], spec.get("args", [])
    if not isinstance(args, list):
        raise InvalidInput("args must be a list.", field="args")
    if name == "now":
        return now_ms
    argument = args[0] if args else None
    match name:
        case "slugify":
            return _APART.sub("-", _text(argument, "args").lower()).strip("-")
        case "lowercase":
            return _text(argument, "args").lower()
        case "uppercase":
            return _text(argument, "args").upper()
        case "trim":
            return _text(argument, "args").strip()
        case "length":
            return len(argument) if isinstance(argument, list) else len(_text(argument, "args").encode())
        case "hash" if args:
            text = argument.encode() if isinstance(argument, str) else canonical_json(argument)
            return hashlib.sha256(text).hexdigest()
    raise InvalidInput("There is no such $fn, or its args are missing.", field="$fn")


def counted(name: str, documents: Sequence[Mapping[str, Any]], field: str | None) -> Any:
    """The result of a $query of several documents, in key order: count, sum, avg, min, max, first or last.

    With a field: of the documents that have it. first and last without one give the whole document. Where there is
    nothing to choose from: count and sum 0, else None.
    """
    found = documents if field is None else [one for one in documents if one.get(field) is not None]
    if name == "count":
        return len(found)
    if name in ("first", "last"):
        chosen = found[0 if name == "first" else -1] if found else None
        return chosen if chosen is None or field is None else chosen[field]
    if field is None:
        raise InvalidInput(f"The query {name} needs a field.", field="field")
    numbers = [one[field] for one in found if _is_number(one[field])]
    if name == "sum":
        return rounded(sum(map(exact, numbers)))
    if not numbers:
        return None
    if name == "avg":
        return rounded(sum(map(exact, numbers)), len(numbers))
    return min(numbers) if name == "min" else max(numbers)


def check_query(spec: Mapping[str, Any]) -> tuple[str, str | None]:
    """Name and field of a $query. InvalidInput: unknown, or the field is no text."""
    name, field = spec["$query"], spec.get("field")
    if not isinstance(name, str) or name not in QUERIES:
        raise InvalidInput("There is no such $query.", field="$query")
    if field is not None and not isinstance(field, str):
        raise InvalidInput("field must be a text.", field="field")
    return name, field


def _fitting(value: int | float) -> int | float:
    """Integers of 64 bits, beyond that the nearest double. InvalidInput: larger than any."""
    number = value if isinstance(value, int) and -_WHOLE <= value < _WHOLE else float(value)
    if not math.isfinite(number):
        raise InvalidInput("The result is too large for a number.", field="$op")
    return number


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_or_0(value: Any) -> int | float:
    return value if _is_number(value) else 0


def _number(value: Any, field: str) -> int | float:
    if not _is_number(value):
        raise InvalidInput(f"{field} must be a number.", field=field)
    number: int | float = value
    return number


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{field} must be a text.", field=field)
    return value


def _list_or_empty(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _values(spec: Mapping[str, Any]) -> list[Any]:
    values = _given(spec, "values")
    if not isinstance(values, list):
        raise InvalidInput("values must be a list.", field="values")
    return values


def _given(spec: Mapping[str, Any], field: str) -> Any:
    if field not in spec:
        raise InvalidInput(f"{field} is missing.", field=field)
    return spec[field]
