"""`gatehouse settings`: every setting, its default, its value."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.house import settings_of, show


def add_to(app: typer.Typer) -> None:
    app.command()(settings)


def settings(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="The text of SETTINGS.md (defaults only).")] = False,
    changed: Annotated[bool, typer.Option("--changed", help="Only those that differ from their default.")] = False,
) -> None:
    """Show every setting with its default and the value in use. Secrets are masked.

    \b
      gatehouse settings
      gatehouse settings --changed
    """
    from gateway.settings_table import markdown, rows

    if as_markdown:
        print(markdown(), end="")
        return
    found = [row for row in rows(settings_of(context)) if not changed or row.value != row.default]
    if as_json:
        show([{"variable": row.variable, "default": row.default, "value": row.value} for row in found], as_json=True)
        return
    for row in found:
        mark = "" if row.value == row.default else f"   (default: {row.default or 'unset'})"
        print(f"{row.variable} = {row.value or 'unset'}{mark}\n    {row.about}")
