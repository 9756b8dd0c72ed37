"""Scalars beside GraphQL's own."""

from __future__ import annotations

from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

BigInt = NewType("BigInt", int)
"""Counts that do not fit GraphQL's 32-bit Int, such as bytes."""

_LARGEST = 2**63 - 1


def _parsed(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
        raise GraphQLError("BigInt is a whole number of at most 64 bits.")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number of up to 64 bits, written as a JSON number; for bytes and revisions.",
        serialize=int,
        parse_value=_parsed,
    )
}
