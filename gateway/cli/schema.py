"""`gatehouse schema`: the GraphQL schema as text."""

from __future__ import annotations

import typer


def add_to(app: typer.Typer) -> None:
    app.command()(schema)


def schema() -> None:
    """Print the GraphQL schema (SDL).

    \b
      gatehouse schema > schema.graphql
    """
    from gateway.graphql.schema import sdl

    print(sdl(), end="")
