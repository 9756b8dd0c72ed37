"""A decoder as strict as the client's: written from the contract's tables, it refuses whatever they do not name."""

from __future__ import annotations

import json
from typing import Any

MUST: dict[str, set[str]] = {
    "pong": {"id"},
    "queryResult": {"id", "data"},
    "getResult": {"id", "data"},
    "subscribeResult": {"id", "subscriptionId"},
    "unsubscribeResult": {"id"},
    "transactionResult": {"id", "results"},
    "createIndexResult": {"id"},
    "lockResult": {"id", "locked"},
    "unlockResult": {"id"},
    "presenceResult": {"id"},
    "change": {"id", "subscriptionId", "event"},
    "error": {"code", "message"},
    "presenceChange": {"event"},
}
MAY: dict[str, set[str]] = {
    "lockResult": {"holder", "mode"},
    "error": {"id", "details"},
    "presenceResult": {"throttled"},
}
EVENT_DATA: dict[str, type | None] = {
    "create": dict,
    "update": None,
    "delete": None,
    "lock": dict,
    "unlock": dict,
    "ready": list,
}
PRESENCE = {
    "sync": {"action", "connId", "users"},
    "join": {"action", "connId", "state"},
    "update": {"action", "connId", "state"},
    "leave": {"action", "connId"},
}


def decode(text: str | bytes) -> dict[str, Any]:
    """The frame; AssertionError when a client would throw it away."""
    assert isinstance(text, str), "frames are text"
    frame = json.loads(text)
    assert isinstance(frame, dict)
    kind = frame.get("type")
    assert kind in MUST, frame
    fields = set(frame) - {"type"}
    assert MUST[kind] <= fields, frame
    assert fields <= MUST[kind] | MAY.get(kind, set()), frame
    _CHECKS.get(kind, _nothing)(frame)
    return frame


def _nothing(frame: dict[str, Any]) -> None:
    return


def _query_result(frame: dict[str, Any]) -> None:
    assert isinstance(frame["data"], list), frame
    assert all(isinstance(one, dict) for one in frame["data"]), frame


def _get_result(frame: dict[str, Any]) -> None:
    assert frame["data"] is None or isinstance(frame["data"], dict), frame


def _transaction_result(frame: dict[str, Any]) -> None:
    for result in frame["results"]:
        assert set(result) == {"ref", "id"}, frame
        assert all(value is None or isinstance(value, str) for value in result.values()), frame


def _lock_result(frame: dict[str, Any]) -> None:
    if frame["locked"] is True:
        assert set(frame) == {"id", "type", "locked"}, frame
    else:
        assert frame["locked"] is False
        assert isinstance(frame["holder"], str)
        assert frame["mode"] in ("soft", "hard")


def _change(frame: dict[str, Any]) -> None:
    assert isinstance(frame["id"], str)
    assert frame["subscriptionId"].startswith("sub-")
    event = frame["event"]
    assert {"action", "path"} <= set(event) <= {"action", "path", "data"}, frame
    assert event["action"] in EVENT_DATA, frame
    assert isinstance(event["path"], str)
    kind = EVENT_DATA[event["action"]]
    if event["action"] == "delete":
        assert "data" not in event, frame
    elif event["action"] == "update":
        assert isinstance(event["data"], dict | list), frame
    else:
        assert kind is not None
        assert isinstance(event["data"], kind), frame
    if event["action"] == "lock":
        assert set(event["data"]) == {"userId", "mode", "connId"}, frame
    if event["action"] == "unlock":
        assert set(event["data"]) == {"userId", "connId"}, frame


def _error(frame: dict[str, Any]) -> None:
    assert frame["code"] in (400, 403, 413, 423, 500), frame
    assert isinstance(frame["message"], str)
    assert isinstance(frame.get("details", {}), dict)


def _presence(frame: dict[str, Any]) -> None:
    event = frame["event"]
    assert set(event) == PRESENCE[event["action"]], frame
    for user in event.get("users", []):
        assert set(user) == {"connId", "state"}, frame


_CHECKS = {
    "queryResult": _query_result,
    "getResult": _get_result,
    "transactionResult": _transaction_result,
    "lockResult": _lock_result,
    "change": _change,
    "error": _error,
    "presenceChange": _presence,
}
