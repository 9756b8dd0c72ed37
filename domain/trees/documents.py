"""One document: how it is shown, changed, projected and sorted. Nothing here touches the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.errors import InvalidInput
from domain.trees.values import field_key

MOST_PARTS = 32
"""How many names a dotted one may have."""
Data = dict[str, Any]
"""A document as it is kept: without its id, unless it was given a field of that name."""


@dataclass(frozen=True, slots=True)
class SortKey:
    """field: one of the document's own, or id."""

    field: str
    ascending: bool = True


def shown(key: str, data: Mapping[str, Any]) -> Data:
    """The document as clients see it: its key is its id."""
    return dict(data) if "id" in data else {"id": key, **data}


def projected(document: Mapping[str, Any], fields: Sequence[str] | None) -> Data:
    """Only these fields, and the id; None: all."""
    if fields is None:
        return dict(document)
    return {name: value for name, value in document.items() if name == "id" or name in fields}


def in_order(documents: Iterable[Data], keys: Sequence[SortKey]) -> list[Data]:
    """Sorted by the first key, then by the next; what is equal stays in the order it came in."""
    found = list(documents)
    for key in reversed(keys):
        found.sort(key=lambda document, field=key.field: field_key(document, field), reverse=not key.ascending)  # type: ignore[misc]
    return found


def updated(data: Mapping[str, Any], changes: Mapping[str, Any]) -> Data:
    """A shallow merge into a copy. "a.b" names b inside a; null takes a field away. InvalidInput: too many dots."""
    result = dict(data)
    for name, value in changes.items():
        if value is None:
            _removed(result, _parts(name))
        else:
            _placed(result, _parts(name), value)
    return result


def value_at(data: Mapping[str, Any], name: str) -> Any:
    """What a name of updated() stands for now; None when it is not there."""
    found: Any = data
    for part in _parts(name):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def check_mapping(data: Any) -> Data:
    """InvalidInput: a document is a mapping."""
    if not isinstance(data, dict):
        raise InvalidInput("data must be an object.", field="data")
    return data


def _parts(name: str) -> list[str]:
    if name.count(".") >= MOST_PARTS:
        raise InvalidInput(f"A dotted name has at most {MOST_PARTS} parts.", field="data")
    return name.split(".")


def _placed(data: Data, parts: Sequence[str], value: Any) -> None:
    """Mappings on the way are copied, so that what shares them does not change; anything else gives way to one."""
    for part in parts[:-1]:
        inner = data.get(part)
        data[part] = dict(inner) if isinstance(inner, Mapping) else {}
        data = data[part]
    data[parts[-1]] = value


def _removed(data: Data, parts: Sequence[str]) -> None:
    for part in parts[:-1]:
        if not isinstance(data.get(part), Mapping):
            return
        data[part] = dict(data[part])
        data = data[part]
    data.pop(parts[-1], None)
