"""What verbs that change a file share: the row under lock, the telling, and who may keep house."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, may
from domain.errors import Forbidden, NotFound
from domain.events import file_changed
from domain.files.access import get_file
from domain.models.file import AccessLevel, File, FileKind
from domain.models.tenant import Tenant
from domain.ports import Ports
from domain.unit import Unit

LIVE_KINDS = (FileKind.DOCUMENT, FileKind.TREE)
"""What sockets are open on."""


async def lock_folders(tenant_id: UUID) -> None:
    """Moves within one tenant take turns, so that no two of them together make a circle."""
    await Tenant.filter(id=tenant_id).select_for_update(no_key=True).get()


async def locked_file(file_id: UUID) -> File:
    """The row as it is now, nobody else changing it. NotFound: it was purged meanwhile."""
    found = await File.filter(id=file_id).select_for_update().first()
    if found is None:
        raise NotFound("There is no such file.")
    return found


async def save_file(unit: Unit, file: File) -> None:
    """Write the row, its revision one higher, and tell."""
    file.revision += 1
    await file.save()
    unit.emit(file_changed(file))


async def get_kept_file(ports: Ports, actor: Actor, reference: UUID | str, tenant_id: UUID | None) -> File:
    """A file the actor may throw away: theirs, or one of a tenant whose files they look after. Being allowed to write
    it is not enough: Forbidden."""
    file = await get_file(ports, actor, reference, AccessLevel.WRITE, tenant_id=tenant_id)
    if not may(actor, "files:write", file.tenant_id):
        await get_file(ports, actor, file.id, AccessLevel.ADMIN)
    if actor.file_scope is not None and actor.file_scope.file_id == file.id:
        raise Forbidden("This credential cannot throw its own file away.")
    return file


async def descendants(folder: File) -> list[File]:
    """Everything in the folder, however deep; a folder before what is in it."""
    found: list[File] = []
    level = [folder.id]
    while level:
        children = await File.filter(parent_id__in=level).order_by("id")
        found += children
        level = [child.id for child in children if child.kind is FileKind.FOLDER]
    return found
