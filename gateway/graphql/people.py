"""Somebody, seen by others: by name only."""

from __future__ import annotations

import strawberry


@strawberry.type(description="Somebody, by name only.")
class Person:
    id: strawberry.ID = strawberry.field(description="The user's id.")
    username: str = strawberry.field(description="The name they sign in with.")
