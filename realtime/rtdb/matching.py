"""Which changes a subscription is told of, and how: decided from the change itself, without a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.trees.aggregates import Aggregate
from domain.trees.changes import Action, Change
from domain.trees.documents import Data, projected, shown
from domain.trees.filters import Filter, passes
from domain.trees.paths import split_path
from domain.trees.query import Query
from domain.trees.values import field_key
from realtime.rtdb.protocol import event_body


class Scope(StrEnum):
    """What below (or at) its path a subscription watches."""

    DOCUMENT = "document"
    CHILDREN = "children"
    SUBTREE = "subtree"


@dataclass(frozen=True, slots=True)
class Watched:
    """What a subscription asks for. key: equal for all that ask alike."""

    key: bytes
    path: str
    filter: Filter = ()
    scope: Scope = Scope.SUBTREE
    select: tuple[str, ...] | None = None
    aggregate: Aggregate | None = None

    def covers(self, path: str) -> bool:
        """Whether a document's path lies in the scope; it is known to be the path itself or to lie below it. Groups
        are made of the documents of one collection."""
        if self.aggregate is not None or self.scope is Scope.CHILDREN:
            return path != "" and split_path(path)[0] == self.path and path != self.path
        return self.scope is Scope.SUBTREE or path == self.path

    def query(self) -> Query:
        """What there is to begin with."""
        return Query(self.path, self.filter, aggregate=self.aggregate)


def event_of(watched: Watched, change: Change) -> bytes | None:
    """The event's JSON, or None when this subscription has nothing to see. A document that comes to pass the filter is
    told as created, one that ceases to as deleted."""
    if change.info is not None:
        return event_body(change.action, change.path, change.info)
    before, after = passing(watched, change.path, change.before), passing(watched, change.path, change.after)
    if after is None:
        return None if before is None else event_body(Action.DELETE, change.path)
    if before is None:
        return event_body(Action.CREATE, change.path, projected(after, watched.select))
    if watched.select is not None and not _differ(before, after, watched.select):
        return None
    return event_body(Action.UPDATE, change.path, projected(after, watched.select))


def passing(watched: Watched, path: str, data: Mapping[str, Any] | None) -> Data | None:
    """The document as shown, if there is one that passes the filter."""
    if data is None:
        return None
    document = shown(split_path(path)[1], data)
    return document if passes(document, watched.filter) else None


def _differ(before: Data, after: Data, fields: tuple[str, ...]) -> bool:
    return any(field_key(before, field) != field_key(after, field) for field in fields)
