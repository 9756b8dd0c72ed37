"""Read a document without opening it live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.access import Actor
from domain.documents.load import load
from domain.documents.plain import roots_of, text_of
from domain.documents.reference import get_document
from domain.models.file import AccessLevel, File
from domain.ports import Ports


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """roots: name → JSON value, of every root that holds something. seq: the last update it includes."""

    file: File
    seq: int
    size_bytes: int
    roots: dict[str, Any]


async def read_document(
    ports: Ports, actor: Actor, reference: UUID | str, *, tenant_id: UUID | None = None
) -> DocumentContent:
    """As it is committed now. NotFound, Forbidden: see get_file. Conflict: the file is no document."""
    file = await get_document(ports, actor, reference, AccessLevel.READ, tenant_id=tenant_id)
    loaded = await load(file.id)
    return DocumentContent(file, loaded.logged.seq, loaded.content.size_bytes, roots_of(loaded.content.doc))


async def read_text(
    ports: Ports, actor: Actor, reference: UUID | str, name: str, *, tenant_id: UUID | None = None
) -> str:
    """The text of one root; empty when there is none of that name."""
    file = await get_document(ports, actor, reference, AccessLevel.READ, tenant_id=tenant_id)
    loaded = await load(file.id)
    return text_of(loaded.content.doc, name)
