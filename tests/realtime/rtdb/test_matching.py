"""What a subscription sees of a change, without any socket."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.trees.changes import Action, Change
from domain.trees.filters import parse_filter
from realtime.rtdb.matching import Scope, Watched, event_of

BIG = parse_filter({"greaterThan": {"v": 5}})


def seen(watched: Watched, before: Any, after: Any) -> Any:
    event = event_of(watched, Change(Action.UPDATE, "n/a", before, after))
    if event is None:
        return None
    body = json.loads(event)
    return (body["action"], body.get("data"))


@pytest.mark.parametrize(
    ("watched", "before", "after", "expected"),
    [
        (Watched(b"", "n"), None, {"v": 1}, ("create", {"id": "a", "v": 1})),
        (Watched(b"", "n"), {"v": 1}, {"v": 1}, ("update", {"id": "a", "v": 1})),
        (Watched(b"", "n"), {"v": 1}, None, ("delete", None)),
        (Watched(b"", "n", BIG), None, {"v": 1}, None),
        (Watched(b"", "n", BIG), {"v": 1}, {"v": 6}, ("create", {"id": "a", "v": 6})),
        (Watched(b"", "n", BIG), {"v": 6}, {"v": 7}, ("update", {"id": "a", "v": 7})),
        (Watched(b"", "n", BIG), {"v": 6}, {"v": 1}, ("delete", None)),
        (Watched(b"", "n", BIG), {"v": 1}, None, None),
        (Watched(b"", "n", select=("w",)), {"v": 1}, {"v": 2}, None),
        (Watched(b"", "n", select=("w",)), {"w": 1}, {"w": True}, ("update", {"id": "a", "w": True})),
        (Watched(b"", "n", select=("w",)), {"w": 1}, {}, ("update", {"id": "a"})),
        (Watched(b"", "n", BIG, select=("w",)), {"v": 6}, {"v": 1}, ("delete", None)),
    ],
)
def test_events(watched: Watched, before: Any, after: Any, expected: Any) -> None:
    assert seen(watched, before, after) == expected


@pytest.mark.parametrize(
    ("path", "scope", "covered"),
    [
        ("", Scope.SUBTREE, {"top", "n/a", "n/a/p/1"}),
        ("", Scope.CHILDREN, {"top"}),
        ("n", Scope.SUBTREE, {"n/a", "n/a/p/1"}),
        ("n", Scope.CHILDREN, {"n/a"}),
        ("n/a", Scope.DOCUMENT, {"n/a"}),
        ("n/a", Scope.SUBTREE, {"n/a", "n/a/p/1"}),
        ("n/a/p", Scope.CHILDREN, {"n/a/p/1"}),
    ],
)
def test_scopes(path: str, scope: Scope, covered: set[str]) -> None:
    watched = Watched(b"", path, scope=scope)
    inside = {one for one in ("top", "n/a", "n/a/p/1") if one == path or one.startswith(f"{path}/") or not path}
    assert {one for one in inside if watched.covers(one)} == covered
