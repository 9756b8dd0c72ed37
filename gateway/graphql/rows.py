"""Types over table rows: named columns become fields, and resolvers return the rows themselves, uncopied.

Columns are always listed: what is not named here is not shown, so a secret added to a table stays inside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from inspect import get_annotations
from typing import Any, TypeVar

import strawberry
from strawberry.scalars import JSON
from tortoise import fields
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from gateway.graphql.scalars import BigInt

C = TypeVar("C", bound=type[Any])

_KINDS: tuple[tuple[type[fields.Field[Any]], Any], ...] = (
    (fields.UUIDField, strawberry.ID),
    (ForeignKeyFieldInstance, strawberry.ID),
    (fields.BigIntField, BigInt),
    (fields.IntField, int),
    (fields.BooleanField, bool),
    (fields.DatetimeField, datetime),
    (fields.JSONField, JSON),
    (fields.CharField, str),
    (fields.TextField, str),
)


def of_rows(model: type[Model], columns: Mapping[str, str], *, name: str, description: str) -> Callable[[C], C]:
    """Make a GraphQL type of a class and these columns (name → what it says, with its unit).

    A column's type follows from the model; annotate it in the class where JSON or a string should be said better.
    """

    def decorate(cls: C) -> C:
        said = dict(get_annotations(cls))
        own = {column: said.pop(column) if column in said else _kind(model, column) for column in columns}
        cls.__annotations__ = {**own, **said}
        for column, text in columns.items():
            setattr(cls, column, strawberry.field(description=text))
        made: C = strawberry.type(cls, name=name, description=description)
        return made

    return decorate


def described(enum: type[Enum], name: str, description: str, values: Mapping[str, str]) -> Any:
    """An enum of the domain as a GraphQL enum, every value explained (member name → text)."""
    made = strawberry.enum(enum, name=name, description=description)
    definition = made.__strawberry_definition__  # type: ignore[attr-defined]
    for value in definition.values:
        value.description = values[value.name]
    return made


def _kind(model: type[Model], column: str) -> Any:
    known = model._meta.fields_map
    # A foreign key's own column becomes a field only when the database is opened.
    field = known[column] if column in known else known[column.removesuffix("_id")]
    enum = getattr(field, "enum_type", None)
    kind = enum if enum is not None else next(found for base, found in _KINDS if isinstance(field, base))
    return kind | None if field.null else kind
