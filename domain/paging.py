"""Keyset paging: a page costs the same at the end of a list as at its start, and rows that come or go move nothing."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
from tortoise.exceptions import BaseORMException
from tortoise.expressions import Q
from tortoise.fields import DatetimeField, Field
from tortoise.models import Model
from tortoise.queryset import QuerySet

from domain.errors import InvalidInput

T = TypeVar("T")
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """items in order. next_cursor: where the next page starts after; None on the last. total: None unless asked for."""

    items: list[T]
    next_cursor: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """first: how many. after: a cursor of the same order. with_total: count all rows, which costs."""

    first: int = 50
    after: str | None = None
    with_total: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A column and a direction; the id breaks ties."""

    column: str = "created_at"
    descending: bool = False


def cursor_of(row: Model, order: Order) -> str:
    """Opaque to clients: the row's sort value and id."""
    value = getattr(row, order.column)
    plain = value.isoformat() if isinstance(value, datetime) else getattr(value, "value", value)
    token = orjson.dumps([order.column, order.descending, plain, str(row.pk)], default=str)
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


async def page_of(rows: QuerySet[M], order: Order, request: PageRequest, *, max_first: int = 200) -> Page[M]:
    """One page. InvalidInput: first outside 1..max_first, or a cursor that is not of this order."""
    if not 1 <= request.first <= max_first:
        raise InvalidInput(f"first must be between 1 and {max_first}.", field="first", limit=max_first)
    total = await rows.count() if request.with_total else None
    page = rows if request.after is None else rows.filter(_beyond(request.after, order, rows.model))
    sign = "-" if order.descending else ""
    found = await page.order_by(f"{sign}{order.column}", f"{sign}id").limit(request.first + 1)
    items = found[: request.first]
    more = len(found) > request.first
    return Page(items, cursor_of(items[-1], order) if more else None, total)


def _beyond(cursor: str, order: Order, model: type[Model]) -> Q:
    value, row_id = _parse(cursor, order, model)
    way = "lt" if order.descending else "gt"
    return Q(**{f"{order.column}__{way}": value}) | Q(**{order.column: value, f"id__{way}": row_id})


def _parse(cursor: str, order: Order, model: type[Model]) -> tuple[Any, UUID]:
    try:
        token = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        column, descending, value, row_id = token
        if (column, descending) != (order.column, order.descending):
            raise InvalidInput("This cursor belongs to another order of the list.", field="after")
        return _sort_value(value, model._meta.fields_map[order.column]), UUID(row_id)
    except (binascii.Error, ValueError, TypeError, AttributeError, BaseORMException) as exc:
        raise InvalidInput("This cursor is not one of ours.", field="after") from exc


def _sort_value(value: Any, field: Field[Any]) -> Any:
    """A sort value as the column holds it; all columns that lists offer are texts or times."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("not a sort value")
    if isinstance(field, DatetimeField):
        return datetime.fromisoformat(value)
    field.validate(value)
    return field.to_python_value(value)
