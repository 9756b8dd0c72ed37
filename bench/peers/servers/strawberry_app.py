"""Strawberry as it comes: its own ASGI view, no extension, rows from memory."""

from __future__ import annotations

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL


@strawberry.type
class Person:
    id: strawberry.ID
    name: str
    state: str
    memory_bytes: float
    cpu_millis: int
    suspended: bool
    revision: int
    created_at: str


PEOPLE = [
    Person(
        id=strawberry.ID(f"01a1fb90-0000-7000-8000-{number:012}"),
        name=f"instance {number}",
        state="RUNNING",
        memory_bytes=134217728 + number,
        cpu_millis=500,
        suspended=number % 2 == 0,
        revision=number,
        created_at="2026-11-20T12:00:00Z",
    )
    for number in range(50)
]


@strawberry.type
class Query:
    @strawberry.field
    def people(self) -> list[Person]:
        return PEOPLE


app = Starlette(routes=[Route("/graphql", GraphQL(strawberry.Schema(Query)))])
