"""Find the file of a document, and whether the actor may go as far as needed."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import Conflict
from domain.files.access import get_file
from domain.models.file import AccessLevel, File, FileKind
from domain.ports import Ports


async def get_document(
    ports: Ports, actor: Actor, reference: UUID | str, needed: AccessLevel, *, tenant_id: UUID | None = None
) -> File:
    """NotFound, Forbidden: see get_file. Conflict: it is a file, but no document."""
    file = await get_file(ports, actor, reference, needed, tenant_id=tenant_id)
    if file.kind is not FileKind.DOCUMENT:
        raise Conflict("This file is not a document.", field="id")
    return file
