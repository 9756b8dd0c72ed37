"""Read a GraphQL request out of an HTTP request."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from domain.errors import InvalidInput, TooLarge
from gateway.graphql.accept import JSON
from gateway.graphql.errors import GraphQLCode
from gateway.graphql.request import GraphQLRequest

QUERY_OBJECTS = ("variables", "extensions")


class UnsupportedMediaType(InvalidInput):
    """The body is of a type that is not read here."""

    code = GraphQLCode.UNSUPPORTED_MEDIA_TYPE.value


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """All of it; nothing for GET. TooLarge, UnsupportedMediaType (a POST that is not JSON in UTF-8)."""
    if request.method != "POST":
        return b""
    _check_type(request.headers.get("content-type", ""))
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit_bytes:
        raise _too_large(limit_bytes)
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit_bytes:
                raise _too_large(limit_bytes)
            chunks.append(chunk)
    except ClientDisconnect as exc:
        raise InvalidInput("The body ended too early.") from exc
    return b"".join(chunks)


def parse(request: Request, raw: bytes) -> GraphQLRequest:
    """What is asked, by POST in the body, by GET in the query. InvalidInput."""
    if request.method == "POST":
        return GraphQLRequest.of(_json(raw, "The body"))
    params: dict[str, Any] = dict(request.query_params)
    for name in QUERY_OBJECTS:
        if params.get(name):
            params[name] = _json(params[name].encode(), name)
        else:
            params.pop(name, None)
    return GraphQLRequest.of(params)


def _check_type(header: str) -> None:
    kind, _, parameters = header.partition(";")
    if kind.strip().lower() != JSON:
        raise UnsupportedMediaType(f"Send {JSON}.")
    charset = next((word.strip()[8:] for word in parameters.lower().split(";") if "charset=" in word), "utf-8")
    if charset.strip('"') not in ("utf-8", "utf8"):
        raise UnsupportedMediaType("Send UTF-8.")


def _json(raw: bytes, what: str) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise InvalidInput(f"{what} is not valid JSON.") from exc


def _too_large(limit_bytes: int) -> TooLarge:
    return TooLarge(f"A request may have at most {limit_bytes} bytes.", limit=limit_bytes)
