"""A page of files as a connection: its cursors name a place in one of the orders that files have."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson

from domain.errors import InvalidInput
from domain.files.queries import FileListing, FilePosition, FileSort, position_of
from domain.models.file import File


@dataclass(frozen=True, slots=True)
class FilePlaceInList:
    """What an Edge is made from."""

    node: File
    sort: FileSort

    @property
    def cursor(self) -> str:
        return cursor_of(position_of(self.node, self.sort), self.sort)


@dataclass(frozen=True, slots=True)
class FilesPage:
    """What a Connection is made from. count: asked only when the total is."""

    found: FileListing
    sort: FileSort
    is_later: bool
    count: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> list[File]:
        return self.found.items

    @property
    def edges(self) -> list[FilePlaceInList]:
        return [FilePlaceInList(file, self.sort) for file in self.nodes]

    @property
    def total_count(self) -> Awaitable[int]:
        return self.count()

    @property
    def page_info(self) -> FilesPage:
        return self

    @property
    def has_next_page(self) -> bool:
        return self.found.next is not None

    @property
    def has_previous_page(self) -> bool:
        return self.is_later

    @property
    def start_cursor(self) -> str | None:
        return cursor_of(position_of(self.nodes[0], self.sort), self.sort) if self.nodes else None

    @property
    def end_cursor(self) -> str | None:
        return cursor_of(position_of(self.nodes[-1], self.sort), self.sort) if self.nodes else None


def cursor_of(position: FilePosition, sort: FileSort) -> str:
    token = orjson.dumps([sort.value, position.value, position.file_id])
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def position_in(cursor: str | None, sort: FileSort) -> FilePosition | None:
    """InvalidInput: not a cursor of ours, or of another order."""
    if cursor is None:
        return None
    try:
        order, value, file_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, TypeError) as exc:
        raise InvalidInput("This cursor is not one of ours.", field="after") from exc
    fits = isinstance(value, str | int) and not isinstance(value, bool) and isinstance(file_id, str)
    if order != sort.value or not fits:
        raise InvalidInput("This cursor belongs to another order of the list.", field="after")
    return FilePosition(value, file_id)
