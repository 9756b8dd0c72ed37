"""The cursor of a list of files: base64url without padding of {"s": sort, "v": value, "id": last file}."""

from __future__ import annotations

import base64
import binascii

import msgspec
from msgspec import Struct

from domain.errors import InvalidInput
from domain.files.queries import FilePosition, FileSort


class Cursor(Struct, kw_only=True):
    """s: the list's order. v: Unix seconds, or a name. id: the last file's."""

    s: str
    v: int | str
    id: str


def cursor_of(sort: FileSort, position: FilePosition | None) -> str | None:
    """None at the end."""
    if position is None:
        return None
    plain = msgspec.json.encode(Cursor(s=sort.value, v=position.value, id=position.file_id))
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def position_in(cursor: str | None, sort: FileSort) -> FilePosition | None:
    """Where the page starts after. InvalidInput: not one of ours, or of another order."""
    if not cursor:
        return None
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars="-_", validate=True)
        found = msgspec.json.decode(plain, type=Cursor)
    except (binascii.Error, ValueError) as exc:
        raise InvalidInput("This cursor is not one of ours.", field="cursor") from exc
    if found.s != sort.value:
        raise InvalidInput("This cursor belongs to another order of the list.", field="cursor")
    return FilePosition(found.v, found.id)
