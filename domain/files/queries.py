"""List the files of a tenant, as far as the actor sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise.expressions import Q, RawSQL
from tortoise.queryset import QuerySet

from domain.access import Actor
from domain.errors import InvalidInput
from domain.files.access import find_file
from domain.files.file_filter import FileFilter, condition_of
from domain.files.visible import visible_files
from domain.models.file import File
from domain.ports import Ports
from domain.text import can_be_kept

LONGEST_PAGE = 200
EVERYTHING = FileFilter()
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_S = 253_402_300_799
_SECOND = timedelta(seconds=1)


class FileSort(StrEnum):
    """RECENT, MODIFIED: when the actor last opened, or changed, the file; what they never did comes as the oldest.
    For who is not signed in: when anybody did."""

    RECENT = "recent"
    MODIFIED = "modified"
    NAME = "name"
    CREATED = "created"


@dataclass(frozen=True, slots=True)
class FilePosition:
    """Where a page ended. value: a name, or whole seconds since 1970 UTC. file_id: the last file's public id."""

    value: str | int
    file_id: str


@dataclass(frozen=True, slots=True)
class FileListing:
    """next: where the following page starts after, None on the last one."""

    items: list[File]
    next: FilePosition | None


async def list_files(
    ports: Ports,
    actor: Actor,
    tenant_id: UUID,
    filters: FileFilter = EVERYTHING,
    *,
    sort: FileSort = FileSort.CREATED,
    descending: bool | None = None,
    first: int = 20,
    after: FilePosition | None = None,
) -> FileListing:
    """One page of what the actor sees in the tenant. descending None: names ascend, times descend.

    A file that was changed between two pages may be listed twice; none is left out. InvalidInput: first not 1 to 200,
    a position of another order.
    """
    if not 1 <= first <= LONGEST_PAGE:
        raise InvalidInput(f"first must be between 1 and {LONGEST_PAGE}.", field="first", limit=LONGEST_PAGE)
    down = sort is not FileSort.NAME if descending is None else descending
    condition = await condition_of(actor, tenant_id, filters)
    if condition is None:
        return FileListing([], None)
    rows = _sorted(File.filter(visible_files(ports, actor, tenant_id), condition), actor, sort)
    if after is not None:
        rows = rows.filter(await _beyond(rows, actor, tenant_id, sort, down, after))
    sign = "-" if down else ""
    found = await rows.order_by(f"{sign}{_column(sort)}", f"{sign}id").limit(first + 1)
    items = found[:first]
    return FileListing(items, _position(items[-1], sort) if len(found) > first else None)


async def count_files(ports: Ports, actor: Actor, tenant_id: UUID, filters: FileFilter = EVERYTHING) -> int:
    """How many there are on all pages."""
    condition = await condition_of(actor, tenant_id, filters)
    return 0 if condition is None else await File.filter(visible_files(ports, actor, tenant_id), condition).count()


def position_of(file: File, sort: FileSort) -> FilePosition:
    """Where a page ends that ends with this file. The file is out of a list of this order."""
    return _position(file, sort)


def _column(sort: FileSort) -> str:
    return {FileSort.NAME: "name", FileSort.CREATED: "created_at"}.get(sort, "at")


def _sorted(rows: QuerySet[File], actor: Actor, sort: FileSort) -> QuerySet[File]:
    """With the column "at" where the order is by the actor's own doings."""
    if sort in (FileSort.NAME, FileSort.CREATED):
        return rows
    column = "accessed_at" if sort is FileSort.RECENT else "modified_at"
    if actor.user_id is None:
        when = f'"file"."{column}"'
    else:
        # A UUID has no characters that SQL would mind; the ORM cannot join on a condition.
        whose = f'"a"."file_id" = "file"."id" AND "a"."user_id" = \'{UUID(int=actor.user_id.int)}\''
        when = f'(SELECT "a"."{column}" FROM "file_activity" "a" WHERE {whose})'
    return rows.annotate(at=RawSQL(f"COALESCE({when}, '1970-01-01 00:00:00+00:00')"))


async def _beyond(
    rows: QuerySet[File], actor: Actor, tenant_id: UUID, sort: FileSort, down: bool, after: FilePosition
) -> Q:
    """Strictly behind the position's file; where it is gone or has moved, everything from its old value on."""
    _check(sort, after)
    column, way = _column(sort), "lt" if down else "gt"
    last = await _last(actor, tenant_id, sort, after.file_id)
    if last is not None and _position(last, sort).value == after.value:
        value = _value(last, sort)
        return _where(f"{column}__{way}", value) | (_where(column, value) & _where(f"id__{way}", last.id))
    if isinstance(after.value, str):
        return _where(f"{column}__{way}e", after.value)
    since = datetime.fromtimestamp(after.value, UTC)
    return _where(f"{column}__lt", since + _SECOND) if down else _where(f"{column}__gte", since)


def _where(condition: str, value: Any) -> Q:
    return Q(**{condition: value})


async def _last(actor: Actor, tenant_id: UUID, sort: FileSort, file_id: str) -> File | None:
    """The position's file with its sort value as it is now."""
    found = await find_file(actor, file_id, tenant_id)
    return None if found is None else await _sorted(File.filter(id=found.id), actor, sort).first()


def _check(sort: FileSort, after: FilePosition) -> None:
    fits = isinstance(after.value, str) if sort is FileSort.NAME else isinstance(after.value, int)
    in_range = isinstance(after.value, str) or 0 <= after.value < _LATEST_S
    if not fits or not in_range or not can_be_kept([after.value, after.file_id]):
        raise InvalidInput("This cursor belongs to another order of the list.", field="after")


def _position(file: File, sort: FileSort) -> FilePosition:
    value = _value(file, sort)
    return FilePosition(value if isinstance(value, str) else int(value.timestamp()), file.public_id)


def _value(file: File, sort: FileSort) -> str | datetime:
    value: Any = getattr(file, _column(sort))
    if sort is FileSort.NAME:
        return str(value)
    return datetime.fromisoformat(value) if isinstance(value, str) else value or _NEVER
