"""Fields with the type clients see and the type Python returns said apart: resolvers return rows, uncopied."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any, TypeVar, cast

import strawberry

from gateway.graphql.measure import COST
from gateway.graphql.sharing import SHARED, Sharing

F = TypeVar("F", bound=Callable[..., Any])


def root(kind: Any, description: str, *, cost: int = 0) -> Callable[[F], F]:
    """A field of Query or Mutation. cost: what it costs besides 1."""
    return cast(
        "Callable[[F], F]",
        strawberry.field(graphql_type=kind, description=description, metadata={COST: cost} if cost else None),
    )


def stream(kind: Any, description: str, *, shared: Sharing | None = None) -> Callable[[F], F]:
    """A field of Subscription: an async generator of what `kind` is made from.

    shared: who may share one execution of it. Then its results may depend on nothing of the actor that
    sharing.shared_caller leaves out, and it says to info.context.audience whom each result is for.
    """
    metadata = {SHARED: shared} if shared is not None else None
    made = strawberry.subscription(graphql_type=AsyncGenerator[kind, None], description=description, metadata=metadata)
    return cast("Callable[[F], F]", made)


def related(resolver: Callable[..., Any], description: str, *, cost: int = 0) -> Any:
    """A field of a row's type that is looked up; its annotation says what clients see. cost: besides 1."""
    return strawberry.field(resolver=resolver, description=description, metadata={COST: cost} if cost else None)
