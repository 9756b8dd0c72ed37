"""The semantics once more, in plain Python and from the contract alone: nothing here is shared with the server."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from fractions import Fraction
from typing import Any

Document = dict[str, Any]


class Refused(Exception):
    """The whole transaction fails."""


class Model:
    """documents: by their paths."""

    def __init__(self) -> None:
        self.documents: dict[str, Document] = {}

    def transact(self, operations: list[dict[str, Any]], ids: list[str | None]) -> None:
        """All or nothing. ids: what the server called what it created, by operation."""
        before = dict(self.documents)
        names: dict[str, str] = {}
        try:
            for operation, key in zip(operations, ids, strict=True):
                self._apply(operation, key, names)
        except Refused:
            self.documents = before
            raise

    def children(self, collection: str) -> list[Document]:
        """With their ids, by key."""
        found = []
        for path, document in self.documents.items():
            above, _, key = path.rpartition("/")
            if above == collection:
                found.append({"id": key, **document})
        return sorted(found, key=lambda one: str(one["id"]).encode())

    def query(self, collection: str, filter_: dict[str, Any], sort: list[dict[str, Any]]) -> list[Document]:
        found = [one for one in self.children(collection) if _matches(one, filter_)]
        for key in reversed(sort):
            name = key["field"]
            found.sort(key=lambda one, name=name: _rank(one, name), reverse=not key["ascending"])  # type: ignore[misc]
        return found

    def _apply(self, operation: dict[str, Any], key: str | None, names: dict[str, str]) -> None:
        path = re.sub(r"\$\{(\$\w+)\}", lambda match: names[match[1]], operation["path"])
        kind, data = operation["type"], operation.get("data")
        if kind == "create":
            assert key is not None
            self.documents[f"{path}/{key}"] = self._computed(data, {})
            if "ref" in operation:
                names[str(operation["ref"])] = key
        elif kind == "replace":
            self.documents[path] = self._computed(data, self.documents.get(path, {}))
        elif kind == "delete":
            self.documents.pop(path, None)
        elif kind == "update":
            old = self.documents.get(path)
            new = self._computed(data, old or {})
            self.documents[path] = new if old is None else _merged(old, new)
        else:
            raise Refused

    def _computed(self, data: Any, old: Document) -> Document:
        if not isinstance(data, dict):
            raise Refused
        return {name: self._value(value, _look_up(old, name)) for name, value in data.items()}

    def _value(self, value: Any, old: Any) -> Any:
        if isinstance(value, dict) and "$op" in value:
            return _operated(value, old)
        if isinstance(value, dict) and "$fn" in value:
            return _called(value["$fn"], value["args"][0])
        if isinstance(value, dict) and "$query" in value:
            return self._queried(value)
        return value

    def _queried(self, spec: dict[str, Any]) -> Any:
        kind, path = spec["$query"], spec["path"]
        field: str | None = spec.get("field")
        found = self.children(path)
        if kind == "exists" and path in self.documents:
            found = [self.documents[path]]
        if field is not None:
            found = [one for one in found if one.get(field) is not None]
        if kind == "exists":
            return bool(found)
        if kind == "count":
            return len(found)
        if kind in ("first", "last"):
            chosen = found[0 if kind == "first" else -1] if found else None
            return chosen if chosen is None or field is None else chosen.get(field)
        numbers = [Fraction(one[field]) for one in found if field and _is_number(one[field])]
        if kind == "sum":
            return float(sum(numbers, Fraction(0)))
        if not numbers:
            return None
        return float({"avg": sum(numbers) / len(numbers), "min": min(numbers), "max": max(numbers)}[kind])


def _operated(spec: dict[str, Any], old: Any) -> Any:
    number = old if _is_number(old) else 0
    by, items = spec.get("by", 1), old if isinstance(old, list) else []
    match spec["$op"]:
        case "increment":
            return number + by
        case "decrement":
            return number - by
        case "multiply":
            return number * by
        case "append":
            return items + spec["values"]
        case "remove":
            return [one for one in items if all(not _same(one, other) for other in spec["values"])]
        case "concat":
            return (old if isinstance(old, str) else "") + spec["value"]
        case "setIfNotExists":
            return spec["value"] if old is None else old
        case "min" | "max" as name:
            pick = min if name == "min" else max
            return pick(old, spec["value"]) if _is_number(old) else spec["value"]
    raise Refused


def _called(name: str, argument: str) -> Any:
    match name:
        case "slugify":
            return "-".join(re.findall(r"[^\W_]+", argument.lower()))
        case "lowercase":
            return argument.lower()
        case "uppercase":
            return argument.upper()
        case "trim":
            return argument.strip()
        case "length":
            return len(argument.encode())
    raise Refused


def _merged(old: Document, changes: Document) -> Document:
    new: Document = json.loads(json.dumps(old))
    for name, value in changes.items():
        *way, last = name.split(".")
        place = new
        for step in way:
            inner = place.get(step)
            if not isinstance(inner, dict):
                if value is None:
                    break
                place[step] = {}
            place = place[step]
        else:
            if value is None:
                place.pop(last, None)
            else:
                place[last] = deepcopy(value)  # it may be part of another document, which the next name must not change
    return new


def _look_up(document: Document, name: str) -> Any:
    found: Any = document
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _matches(document: Document, filter_: dict[str, Any]) -> bool:
    for operator, fields in filter_.items():
        for name, wanted in fields.items():
            if not _holds(operator, name in document, document.get(name), wanted):
                return False
    return True


def _holds(operator: str, is_there: bool, value: Any, wanted: Any) -> bool:
    if operator in ("notEquals", "notInArray"):
        many = wanted if operator == "notInArray" else [wanted]
        return not is_there or not any(_same(value, one) for one in many)
    if not is_there:
        return False
    match operator:
        case "equals":
            return _same(value, wanted)
        case "inArray":
            return any(_same(value, one) for one in wanted)
        case "arrayContains":
            return isinstance(value, list) and any(_same(one, wanted) for one in value)
        case "arrayContainsAny":
            return isinstance(value, list) and any(_same(one, other) for one in value for other in wanted)
        case "arrayContainsAll":
            return isinstance(value, list) and all(any(_same(one, other) for one in value) for other in wanted)
        case "greaterThan":
            return _compare(value, wanted) > 0
        case "greaterThanOrEqual":
            return _compare(value, wanted) >= 0
        case "lessThan":
            return _compare(value, wanted) < 0
    return _compare(value, wanted) <= 0


class _Ranked:
    def __init__(self, is_there: bool, value: Any) -> None:
        self.is_there = is_there
        self.value = value

    def __lt__(self, other: _Ranked) -> bool:
        if not self.is_there or not other.is_there:
            return other.is_there and not self.is_there
        return _compare(self.value, other.value) < 0


def _rank(document: Document, name: str) -> _Ranked:
    return _Ranked(name in document, document.get(name))


def _compare(one: Any, other: Any) -> int:
    if _is_number(one) and _is_number(other):
        return int(one > other) - int(one < other)
    first, second = (one, other) if isinstance(one, str) and isinstance(other, str) else (_text(one), _text(other))
    return int(first > second) - int(first < second)


def _same(one: Any, other: Any) -> bool:
    return _is_number(one) == _is_number(other) and _compare(one, other) == 0 and type_of(one) == type_of(other)


def type_of(value: Any) -> str:
    return "number" if _is_number(value) else type(value).__name__


def _text(value: Any) -> str:
    return json.dumps(_whole(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return {name: _whole(one) for name, one in value.items()} if isinstance(value, dict) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
