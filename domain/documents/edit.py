"""Edit a document from the server: an ordinary edit, which every open editor sees at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pycrdt import Map, Text

from domain.access import Actor
from domain.documents.changed import check_size, commit_effect
from domain.documents.compact import compact
from domain.documents.content import Content, contained
from domain.documents.load import load
from domain.documents.reference import get_document
from domain.errors import InvalidInput, Unavailable
from domain.models.faults import DATABASE_FAULTS
from domain.models.file import AccessLevel, File
from domain.models.ids import uuid7
from domain.ports import Ports
from domain.text import check_kept

MOST_EDITS = 1000
FOLD_ROWS = 200
"""Rows of the log with which a document is folded after an edit."""
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class TextInsert:
    """Put text into the root text of that name. index: in UTF-16 code units, as browsers and Yjs count; None: at the
    end."""

    name: str
    text: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class TextDelete:
    """Take length units out of the root text of that name, from index on; both in UTF-16 code units."""

    name: str
    index: int
    length: int


@dataclass(frozen=True, slots=True)
class MapSet:
    """Set a key of the root map of that name. value: any JSON."""

    name: str
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class MapDelete:
    """Take a key out of the root map of that name; one that is not there is fine."""

    name: str
    key: str


Edit = TextInsert | TextDelete | MapSet | MapDelete


@dataclass(frozen=True, slots=True)
class Edited:
    """seq: of the update that the edits became, or of the last one when they changed nothing."""

    file: File
    seq: int


async def edit_document(
    ports: Ports, actor: Actor, reference: UUID | str, edits: Sequence[Edit], *, tenant_id: UUID | None = None
) -> Edited:
    """All edits, in order, as one change. InvalidInput (nothing is changed): a position outside the text or inside a
    character. TooLarge: the document would be. NotFound, Forbidden, Conflict: see get_document."""
    if not 1 <= len(edits) <= MOST_EDITS:
        raise InvalidInput(f"Give 1 to {MOST_EDITS} edits.", field="edits", limit=MOST_EDITS)
    for edit in edits:
        _check(edit)
    file = await get_document(ports, actor, reference, AccessLevel.WRITE, tenant_id=tenant_id)
    loaded = await load(file.id)
    with contained(), loaded.content.doc.transaction():
        for edit in edits:
            _apply(loaded.content, edit)
    effect = loaded.content.take_effect()
    if effect is None:
        return Edited(file, loaded.logged.seq)
    check_size(ports, loaded.content, effect)
    seq = await commit_effect(ports, actor, file, effect)
    if loaded.logged.rows >= FOLD_ROWS:
        await _fold(ports, file.id)
    return Edited(file, seq)


async def _fold(ports: Ports, file_id: UUID) -> None:
    """Nobody may ever open it live, and then nobody else would. The edit stands, whatever becomes of this."""
    with suppress(*DATABASE_FAULTS, Unavailable):
        await compact(ports, file_id, f"edit:{uuid7()}")


def _check(edit: Edit) -> None:
    check_kept(edit.name, "name", LONGEST_NAME)
    if not edit.name:
        raise InvalidInput("Say the name of the text or map.", field="name")
    if isinstance(edit, TextInsert):
        _check_unicode(edit.text, "text")
    if isinstance(edit, MapSet | MapDelete):
        _check_unicode(edit.key, "key")
    if isinstance(edit, MapSet):
        check_kept(edit.value, "value")


def _check_unicode(text: str, field: str) -> None:
    if text.encode("utf-8", "ignore").decode() != text:
        raise InvalidInput(f"{field} has half a character.", field=field)


def _apply(content: Content, edit: Edit) -> None:
    match edit:
        case TextInsert(name, text, index):
            target = content.doc.get(name, type=Text)
            target.insert(_byte_offset(target, index), text)
        case TextDelete(name, index, length):
            target = content.doc.get(name, type=Text)
            if length < 0:
                raise InvalidInput("length must not be negative.", field="length")
            start, end = _byte_offset(target, index), _byte_offset(target, index + length)
            if end > start:
                del target[start:end]
        case MapSet(name, key, value):
            content.doc.get(name, type=Map)[key] = value
        case MapDelete(name, key):
            content.doc.get(name, type=Map).pop(key, None)


def _byte_offset(text: Text, index: int | None) -> int:
    """The library counts a text in bytes of UTF-8, and an embedded object as one."""
    if index is None:
        return len(text)
    left, offset = index, 0
    for part, _ in text.diff() if index > 0 else ():
        if not isinstance(part, str):
            left, offset = left - 1, offset + 1
        else:
            units = part.encode("utf-16-le")
            taken = units[: 2 * left]
            offset += len(_whole(taken).encode())
            left -= len(taken) // 2
        if left == 0:
            return offset
    if left:
        raise InvalidInput("The position is outside the text.", field="index")
    return offset


def _whole(units: bytes) -> str:
    try:
        return units.decode("utf-16-le")
    except UnicodeDecodeError as exc:
        raise InvalidInput("The position is inside a character.", field="index") from exc
