"""What is around every answer: {data, time, reqId, pagination?, cursorPagination?}, and the shape of every refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from rest_compat.cloudillo.schemas.moments import iso

T = TypeVar("T")


class Pagination(Struct, kw_only=True):
    """Where a list by offset stands."""

    offset: int
    limit: int
    total: int


class CursorPagination(Struct, kw_only=True, rename="camel"):
    """Where a list by cursor stands. nextCursor: null at the end. count: only where it was asked for."""

    next_cursor: str | None
    has_more: bool
    count: int | UnsetType = UNSET


class Envelope(Struct, Generic[T], kw_only=True, rename="camel"):
    """An answer."""

    data: T
    time: Annotated[str, Meta(description="When it was made: ISO 8601, whole seconds, Z.")]
    req_id: Annotated[str, Meta(description="The request's id, as in X-Request-ID.")]


class ListEnvelope(Struct, Generic[T], kw_only=True, rename="camel"):
    """An answer that is a list, with where it stands in the whole."""

    data: T
    time: str
    req_id: str
    pagination: Pagination | UnsetType = UNSET
    cursor_pagination: CursorPagination | UnsetType = UNSET


class Problem(Struct, kw_only=True):
    """What went wrong. code: E-…; details: what helps to put it right."""

    code: str
    message: str
    details: Any = UNSET


class ErrorOut(Struct, kw_only=True):
    """Every refusal."""

    error: Problem


@dataclass(frozen=True, slots=True)
class CursorPage:
    """What a handler returns for a list by cursor. items: wire shapes."""

    items: Sequence[Any]
    next_cursor: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class OffsetPage:
    """What a handler returns for a list by offset."""

    items: Sequence[Any]
    offset: int
    limit: int
    total: int


def envelope(payload: Any, request_id: str, now: datetime) -> Any:
    """The answer around a handler's payload; None stands for nothing to say: data is null."""
    time = iso(now)
    if isinstance(payload, CursorPage):
        where = CursorPagination(
            next_cursor=payload.next_cursor,
            has_more=payload.next_cursor is not None,
            count=UNSET if payload.count is None else payload.count,
        )
        return ListEnvelope(data=payload.items, time=time, req_id=request_id, cursor_pagination=where)
    if isinstance(payload, OffsetPage):
        place = Pagination(offset=payload.offset, limit=payload.limit, total=payload.total)
        return ListEnvelope(data=payload.items, time=time, req_id=request_id, pagination=place)
    return Envelope(data=payload, time=time, req_id=request_id)
