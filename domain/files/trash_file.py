"""Throw a file into the trash."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.files.changing import descendants, get_kept_file, lock_folders, locked_file, save_file
from domain.models.file import File, FileKind, FilePlace
from domain.ports import Ports
from domain.unit import unit_of_work


async def trash_file(ports: Ports, actor: Actor, file_id: UUID | str, *, tenant_id: UUID | None = None) -> File:
    """It leaves its folder and lists, and can be restored. What a folder holds goes with it. In the trash already: as
    it is, except that something thrown away with its folder becomes a thing of its own there.

    Needs WRITE, and to be the file's or its tenant's keeper: Forbidden for those who were only given it.
    """
    kept = await get_kept_file(ports, actor, file_id, tenant_id)
    async with unit_of_work(ports) as unit:
        await lock_folders(kept.tenant_id)
        file = await locked_file(kept.id)
        if file.place is FilePlace.TRASH and file.parent_id is None:
            return file
        throw_away(file)
        file.trashed_parent_id, file.parent_id = file.parent_id, None
        await save_file(unit, file)
        for child in await descendants(file) if file.kind is FileKind.FOLDER else []:
            if child.place is not FilePlace.TRASH:
                throw_away(child)
                await save_file(unit, child)
        await unit.audit(actor, "file.trashed", subject=str(file.id), tenant_id=file.tenant_id, name=file.name)
    return file


def throw_away(file: File) -> None:
    """Remembering where it lay."""
    if file.place is not FilePlace.TRASH:
        file.trashed_place, file.place = file.place, FilePlace.TRASH
