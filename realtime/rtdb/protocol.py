"""Frames of the realtime database: JSON text ↔ values, pure, no I/O. All of them are described in README.md.

Clients refuse frames with a field they do not know, so each answer is made here, in one place, with exactly its fields.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from domain.errors import DomainError, Forbidden, InvalidInput, Locked, TooLarge
from realtime.frames import Frame, SharedFrame

RequestId = int | float | str
DEEPEST = 64
"""How many lists and objects may lie in each other."""
_CODES: tuple[tuple[type[DomainError], int], ...] = (
    (InvalidInput, 400),
    (Forbidden, 403),
    (TooLarge, 413),
    (Locked, 423),
)
FAILED = 500


@dataclass(frozen=True, slots=True)
class Request:
    """id: as sent, and as answered. kind: what is asked. fields: the whole message. length: of its text."""

    id: RequestId
    kind: str
    fields: dict[str, Any]
    length: int = 0


def parse(frame: Frame) -> Request | None:
    """None: nothing that could be answered (no JSON, no object, no id)."""
    if not isinstance(frame, str):
        return None
    try:
        sent = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(sent, dict):
        return None
    request_id, kind = sent.get("id"), sent.get("type")
    if isinstance(request_id, bool) or not isinstance(request_id, int | float | str):
        return None
    if is_deeper(sent, frame.count("{") + frame.count("["), DEEPEST):
        return Request(request_id, "", {})
    return Request(request_id, kind if isinstance(kind, str) else "", sent, len(frame))


def answer(request: Request, **fields: Any) -> str:
    """The one response of a request that went well."""
    return _text({"id": request.id, "type": _ANSWERS[request.kind], **fields})


def refusal(request_id: RequestId, error: DomainError) -> str:
    """The one response of a request that did not."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), FAILED)
    body = {"id": request_id, "type": "error", "code": code, "message": error.message}
    return _text({**body, "details": error.details} if error.details else body)


def failure(request_id: RequestId) -> str:
    """The one response of a request that failed through no fault of the client's."""
    return _text({"id": request_id, "type": "error", "code": FAILED, "message": "This could not be done. Try again."})


def event_frame(subscription_id: str, event: bytes) -> SharedFrame:
    """A change, as one subscription is told of it. event: as event_body made it, for all that ask alike."""
    head = f'{{"id":"{random_id()}","type":"change","subscriptionId":"{subscription_id}","event":'
    return SharedFrame(f"{head}{event.decode()}}}")


def event_body(action: str, path: str, data: Any = None) -> bytes:
    """data None: without any, as deletions are told."""
    body = {"action": action, "path": path}
    return orjson.dumps(body if data is None else {**body, "data": data})


def presence_frame(event: dict[str, Any]) -> SharedFrame:
    """sync {connId, users}, join and update {connId, state}, leave {connId}."""
    return SharedFrame(_text({"type": "presenceChange", "event": event}))


def random_id() -> str:
    return secrets.token_urlsafe(12)


def is_deeper(value: Any, brackets: int, limit: int) -> bool:
    """Whether lists and objects nest deeper than that. brackets: how many begin in its text; few need no look."""
    if brackets <= limit:
        return False
    layer: Sequence[Any] = [value]
    for _ in range(limit + 1):
        layer = [inner for one in layer if isinstance(one, dict | list) for inner in _inside(one)]
        if not layer:
            return False
    return True


def _inside(value: dict[str, Any] | list[Any]) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def _text(body: dict[str, Any]) -> str:
    return orjson.dumps(body).decode()


_ANSWERS = {
    "ping": "pong",
    "query": "queryResult",
    "get": "getResult",
    "subscribe": "subscribeResult",
    "unsubscribe": "unsubscribeResult",
    "transaction": "transactionResult",
    "createIndex": "createIndexResult",
    "lock": "lockResult",
    "unlock": "unlockResult",
    "presence": "presenceResult",
}
