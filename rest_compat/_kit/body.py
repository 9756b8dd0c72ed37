"""Read a request's body or query: bytes → values → the shape an endpoint wants. Unknown values are ignored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect, Request

from domain.errors import InvalidInput, TooLarge
from rest_compat._kit.faults import MissingField, UnreadableBody

T = TypeVar("T", bound=msgspec.Struct)

FORM = "application/x-www-form-urlencoded"
MAX_FORM_FIELDS = 1000
BRACKETED = re.compile(r"^([^\[\]]+)\[([^\[\]]+)\]$")
BLAME = re.compile(r"^(?P<what>.*) - at `\$\.?(?P<field>.*)`$", re.DOTALL)


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """All of it. TooLarge as soon as it is known to exceed the limit; UnreadableBody when the client left."""
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
        raise UnreadableBody("The body ended too early.") from exc
    return b"".join(chunks)


def parse_body(raw: bytes, content_type: str) -> dict[str, Any]:
    """Named values of a JSON object or a urlencoded form; nothing for an empty body. UnreadableBody otherwise."""
    if not raw.strip():
        return {}
    values = _form(raw) if content_type.partition(";")[0].strip().lower() == FORM else _json(raw)
    _refuse_nul(values)
    return values


def parse_query(request: Request) -> dict[str, Any]:
    """Named values of the query."""
    values = parse_pairs(request.query_params.multi_items())
    _refuse_nul(values)
    return values


def parse_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Form or query values by name, the last of a name wins; a[b]=c becomes {"a": {"b": "c"}}."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        inside = BRACKETED.match(name)
        if inside is None:
            values[name] = value
        elif isinstance(nest := values.setdefault(inside[1], {}), dict):
            nest[inside[2]] = value
    return values


def shaped(values: Mapping[str, Any], shape: type[T], *, texts: bool = False) -> T:
    """The values as a struct. texts: they came as text, so that "5" may become a number.

    MissingField: a required one is absent, null or empty. InvalidInput(field): one is of the wrong kind.
    """
    required = [field.encode_name for field in msgspec.structs.fields(shape) if field.required]
    if missing := [name for name in required if values.get(name) is None or values[name] == ""]:
        raise MissingField(missing)
    try:
        return msgspec.convert(values, shape, strict=not texts)
    except msgspec.ValidationError as exc:
        raise _told_plainly(str(exc)) from exc


def split_lists(values: Mapping[str, Any], shape: type[msgspec.Struct]) -> dict[str, Any]:
    """The values, with those that the shape wants as lists split at their commas; empty ones hold nothing."""
    lists = {field.encode_name for field in msgspec.structs.fields(shape) if _is_list(field.type)}
    return {
        name: [part for part in value.split(",") if part] if name in lists and isinstance(value, str) else value
        for name, value in values.items()
    }


def _is_list(kind: Any) -> bool:
    return get_origin(kind) in (list, tuple) or any(_is_list(inner) for inner in get_args(kind))


def is_form(content_type: str) -> bool:
    """Whether the values of this body are all text."""
    return content_type.partition(";")[0].strip().lower() == FORM


def _json(raw: bytes) -> dict[str, Any]:
    try:
        values = msgspec.json.decode(raw)
    except (ValueError, RecursionError) as exc:
        raise UnreadableBody("The body is not valid JSON.") from exc
    if not isinstance(values, dict):
        raise UnreadableBody("The body must be a JSON object.")
    return values


def _form(raw: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS)
    except ValueError as exc:
        raise UnreadableBody("The body is not a valid urlencoded form.") from exc
    return parse_pairs(pairs)


def _refuse_nul(value: Any) -> None:
    """A NUL cannot be stored by every database we run on."""
    if isinstance(value, str) and "\x00" in value:
        raise InvalidInput("Text must not contain NUL characters.")
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_nul(name)
            _refuse_nul(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_nul(inner)


def _told_plainly(message: str) -> InvalidInput:
    blame = BLAME.match(message)
    if blame is None:
        return InvalidInput(message.replace("`", ""))
    what = blame["what"].replace("`", "")
    return InvalidInput(f"{blame['field']}: {what[:1].lower()}{what[1:]}.", field=blame["field"])


def _too_large(limit_bytes: int) -> TooLarge:
    return TooLarge(f"The body may have at most {limit_bytes} bytes.", limit=limit_bytes)
