"""What commands share: settings from options, a wired house, tables, and how faults become one line."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import typer

from gateway.faults import StartupError

if TYPE_CHECKING:
    from domain.access import Actor
    from domain.paging import Page, PageRequest
    from gateway.settings import Settings
    from gateway.wiring import House

T = TypeVar("T")
TenantRoleName = Literal["owner", "admin", "operator", "viewer"]
TenantKindName = Literal["organization", "person", "community"]


class CommandError(StartupError):
    """What was asked for cannot be done; the message says why."""


@dataclass(frozen=True, slots=True)
class Options:
    """Given before the command."""

    data_dir: Path | None = None


def settings_of(context: typer.Context, **overrides: Any) -> Settings:
    """The settings, with what the command line says on top."""
    from gateway.settings import load_settings

    overrides["data_dir"] = overrides.get("data_dir") or context.obj.data_dir
    return load_settings(**overrides)


def system() -> Actor:
    """Whoever can run commands on this machine is the platform itself."""
    from domain.access import Actor

    return Actor.system("cli")


def in_house(context: typer.Context, work: Callable[[House], Awaitable[T]]) -> T:
    """Do something in a wired house (which brings the database up to date), beside a running server or alone."""
    from domain.errors import DomainError
    from gateway.http.logs import configure_logs

    settings = settings_of(context)
    configure_logs(settings.log_format, "warning")
    try:
        return asyncio.run(_wired(settings, work))
    except DomainError as error:
        raise CommandError(error.message) from error


async def _wired(settings: Settings, work: Callable[[House], Awaitable[T]]) -> T:
    from gateway.wiring import wire

    async with wire(settings) as house:
        return await work(house)


async def every(fetch: Callable[[PageRequest], Awaitable[Page[T]]]) -> list[T]:
    """All rows of a list, page by page."""
    from domain.paging import PageRequest

    rows: list[T] = []
    cursor: str | None = None
    while True:
        page = await fetch(PageRequest(first=200, after=cursor))
        rows += page.items
        cursor = page.next_cursor
        if cursor is None:
            return rows


def show(rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """A table for people, or JSON for programs."""
    if as_json:
        print(json.dumps(rows, indent=2, default=str))
        return
    if not rows:
        sys.stderr.write("none\n")
        return
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.strftime("%Y-%m-%d %H:%M") if hasattr(value, "strftime") else str(value)


def confirm_new_password(given_on_stdin: bool) -> str:
    """A password from stdin (one line) or asked for twice."""
    if given_on_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt("New password", hide_input=True, confirmation_prompt=True, err=True))
