"""Frames of the bus: text ↔ values, pure, no I/O. All of them are described in README.md."""

from __future__ import annotations

import secrets
import string
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from domain.channels.log import Place
from domain.errors import DomainError, InvalidInput
from realtime.frames import Frame

PUSH_ID_LENGTH = 24
_ALPHABET = string.ascii_letters + string.digits
SERVERS_OWN = frozenset(
    {
        "ack",
        "ACTION",
        "FILE_ID_GENERATED",
        "SEARCH_REINDEX_DONE",
        "DB_MAINTENANCE_DONE",
        "notification",
        "message",
        "gap",
        "join",
        "update",
        "leave",
        "unsubscribed",
    }
)
"""What only the server says: never forwarded for a client."""

T = TypeVar("T", bound=msgspec.Struct)


class Request(msgspec.Struct):
    """What a client says. All three fields are required; others are ignored."""

    id: str
    cmd: str
    data: msgspec.Raw


class PlaceIn(msgspec.Struct):
    epoch: str
    offset: int

    def to_place(self) -> Place:
        return Place(self.epoch, self.offset)


class SubscribeIn(msgspec.Struct):
    """after: where the client stands; it gets what came since. presence: be told who comes and goes. state: one's own,
    shown to those who see who is there."""

    channel: str
    after: PlaceIn | None = None
    presence: bool = False
    state: Any = None


class ChannelIn(msgspec.Struct):
    channel: str


class PublishIn(msgspec.Struct):
    channel: str
    data: msgspec.Raw


class PresenceIn(msgspec.Struct):
    """state: absent: ask who is there; else show this as one's own."""

    channel: str
    state: Any = msgspec.UNSET


class HistoryIn(msgspec.Struct, rename="camel"):
    channel: str
    after: PlaceIn | None = None
    limit: int = 100
    newest_first: bool = False


_requests = msgspec.json.Decoder(Request)


def read(frame: Frame) -> Request | None:
    """None: not a request."""
    if not isinstance(frame, str):
        return None
    try:
        return _requests.decode(frame)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def arguments(request: Request, kind: type[T]) -> T:
    """The data of a request. InvalidInput says what is wrong with it."""
    try:
        return msgspec.json.decode(request.data, type=kind)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"The data of {request.cmd}: {error}") from None


def ack(request_id: str, **data: Any) -> str:
    """The answer to a request. status is "ok" unless said otherwise."""
    return _text({"id": request_id, "cmd": "ack", "data": {"status": "ok", **data}})


def refusal(request_id: str, error: DomainError) -> str:
    """An answer with status "error", which clients that only wait for an answer take for one."""
    said = {"status": "error", "code": error.code, "message": error.message}
    return _text({"id": request_id, "cmd": "ack", "data": said | ({"details": error.details} if error.details else {})})


def push(cmd: str, data: Any) -> str:
    """What the server says by itself."""
    return _text({"id": push_id(), "cmd": cmd, "data": data})


def message(
    channel: str, data: msgspec.Raw, at: datetime, publisher: str | None = None, place: Place | None = None
) -> str:
    """A message of a channel. place: where it stands in the channel's log."""
    return push("message", {"channel": channel, **message_body(data, at, publisher, place)})


def message_body(
    data: msgspec.Raw, at: datetime, publisher: str | None = None, place: Place | None = None
) -> dict[str, Any]:
    """A message without its channel, as histories list it."""
    return {
        **(place_out(place) if place else {}),
        **({"from": publisher} if publisher is not None else {}),
        "at": at,
        "data": data,
    }


def place_out(place: Place) -> dict[str, Any]:
    return {"epoch": place.epoch, "offset": place.position}


def push_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(PUSH_ID_LENGTH))


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
