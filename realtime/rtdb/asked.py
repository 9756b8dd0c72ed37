"""What requests ask for: the fields of a message as values of the domain. InvalidInput says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from domain.errors import InvalidInput
from domain.trees.aggregates import parse_aggregate
from domain.trees.documents import SortKey
from domain.trees.filters import parse_filter
from domain.trees.paths import clean_path
from domain.trees.query import Query
from domain.trees.transact import Operation
from realtime.rtdb.matching import Scope, Watched

Fields = Mapping[str, Any]


def query_of(fields: Fields) -> Query:
    return Query(
        path=_path(fields),
        filter=parse_filter(fields.get("filter")),
        sort=_sort(fields.get("sort")),
        offset=_count(fields.get("offset"), "offset") or 0,
        limit=_count(fields.get("limit"), "limit"),
        select=select_of(fields),
        aggregate=parse_aggregate(fields.get("aggregate")),
    )


def watched_of(fields: Fields) -> Watched:
    """What a subscription watches. Its key is the same for all that ask for the same."""
    asked = [fields.get(name) for name in ("filter", "aggregate", "select", "scope")]
    path = _path(fields)
    return Watched(
        key=orjson.dumps([path, *asked], option=orjson.OPT_SORT_KEYS),
        path=path,
        filter=parse_filter(fields.get("filter")),
        scope=_scope(fields.get("scope")),
        select=select_of(fields),
        aggregate=parse_aggregate(fields.get("aggregate")),
    )


def operations_of(fields: Fields) -> list[Operation]:
    """The operations of a transaction; what is wrong with a path or a document is said when its turn comes."""
    sent = fields.get("operations")
    if not isinstance(sent, list):
        raise InvalidInput("operations is missing.", field="operations")
    return [_operation(one) for one in sent]


def select_of(fields: Fields) -> tuple[str, ...] | None:
    sent = fields.get("select")
    if sent is None:
        return None
    if not isinstance(sent, list) or not all(isinstance(name, str) for name in sent):
        raise InvalidInput("select is a list of names.", field="select")
    return tuple(sent)


def text_of(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{name} is missing.", field=name)
    return value


def _path(fields: Fields) -> str:
    if "path" not in fields:
        raise InvalidInput("path is missing.", field="path")
    return clean_path(fields["path"])


def _operation(sent: Any) -> Operation:
    if not isinstance(sent, dict) or not isinstance(sent.get("type"), str) or not isinstance(sent.get("path"), str):
        raise InvalidInput("An operation has a type and a path.", field="operations")
    ref = sent.get("ref")
    if ref is not None and not isinstance(ref, str):
        raise InvalidInput("ref is a text.", field="ref")
    return Operation(sent["type"], sent["path"], sent.get("data"), ref)


def _sort(sent: Any) -> tuple[SortKey, ...]:
    if sent is None:
        return ()
    if not isinstance(sent, list):
        raise InvalidInput("sort is a list of {field, ascending}.", field="sort")
    return tuple(_sort_key(one) for one in sent)


def _sort_key(sent: Any) -> SortKey:
    ascending = sent.get("ascending", True) if isinstance(sent, dict) else None
    if not isinstance(sent, dict) or not isinstance(sent.get("field"), str) or not isinstance(ascending, bool):
        raise InvalidInput("sort is a list of {field, ascending}.", field="sort")
    return SortKey(sent["field"], ascending)


def _count(sent: Any, name: str) -> int | None:
    if sent is None:
        return None
    if isinstance(sent, bool) or not isinstance(sent, int) or sent < 0:
        raise InvalidInput(f"{name} is a number, 0 or more.", field=name)
    return sent


def _scope(sent: Any) -> Scope:
    if sent is None:
        return Scope.SUBTREE
    if not isinstance(sent, str) or sent not in {scope.value for scope in Scope}:
        raise InvalidInput("scope is document, children or subtree.", field="scope")
    return Scope(sent)
