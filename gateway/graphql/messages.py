"""The messages of graphql-transport-ws, read and written."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec
import orjson

from gateway.graphql.request import GraphQLRequest

PROTOCOL = "graphql-transport-ws"


class ConnectionInit(msgspec.Struct, tag="connection_init", frozen=True):
    """The first message of a client; its payload may hold a credential."""

    payload: dict[str, Any] | None = None


class Ping(msgspec.Struct, tag="ping", frozen=True):
    """Wants a pong with the same payload."""

    payload: dict[str, Any] | None = None


class Pong(msgspec.Struct, tag="pong", frozen=True):
    """An answer to our ping, or a sign of life."""

    payload: dict[str, Any] | None = None


class Operation(msgspec.Struct, frozen=True, rename="camel"):
    """What a client wants run."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None

    def to_request(self) -> GraphQLRequest:
        return GraphQLRequest(self.query, self.variables, self.operation_name, self.extensions)


class Subscribe(msgspec.Struct, tag="subscribe", frozen=True):
    """Run an operation of any kind under an id of the client's choice."""

    id: str
    payload: Operation


class Complete(msgspec.Struct, tag="complete", frozen=True):
    """The client wants no more of this operation."""

    id: str


Message: TypeAlias = ConnectionInit | Ping | Pong | Subscribe | Complete
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def read(text: str) -> Message:
    """ValueError: not a message of the protocol."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise ValueError(str(exc)) from exc


def written(kind: str, **values: Any) -> str:
    return orjson.dumps({"type": kind, **values}).decode()
