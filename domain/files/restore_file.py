"""Take a file out of the trash again."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import InvalidInput
from domain.files.changing import descendants, get_kept_file, lock_folders, locked_file, save_file
from domain.files.placement import find_folder
from domain.models.file import File, FileKind, FilePlace
from domain.ports import Ports
from domain.unit import unit_of_work


async def restore_file(
    ports: Ports, actor: Actor, file_id: UUID | str, parent: UUID | str | None = None, *, tenant_id: UUID | None = None
) -> File:
    """Back to the folder named, else to where it lay, else (when that is gone or trashed too) to the top. What a folder
    held when it was thrown away comes with it.

    Rights as trash_file. InvalidInput: it is not in the trash. NotFound, InvalidInput, Conflict: the folder named.
    """
    kept = await get_kept_file(ports, actor, file_id, tenant_id)
    folder = None if parent is None else await find_folder(ports, actor, kept.tenant_id, parent)
    async with unit_of_work(ports) as unit:
        await lock_folders(kept.tenant_id)
        file = await locked_file(kept.id)
        if file.place is not FilePlace.TRASH:
            raise InvalidInput("This file is not in the trash.", reason="not_trashed")
        old = await _old_folder(file)
        _take_out(file)
        chosen = folder or old
        file.parent_id = chosen.id if chosen else None
        await save_file(unit, file)
        for child in await descendants(file) if file.kind is FileKind.FOLDER else []:
            _take_out(child)
            await save_file(unit, child)
        await unit.audit(actor, "file.restored", subject=str(file.id), tenant_id=file.tenant_id, name=file.name)
    return file


async def _old_folder(file: File) -> File | None:
    """Where it lay, if files may lie there still."""
    lay_in = file.parent_id or file.trashed_parent_id
    if lay_in is None:
        return None
    usable = File.filter(id=lay_in, tenant_id=file.tenant_id, kind=FileKind.FOLDER)
    return await usable.exclude(place=FilePlace.TRASH).first()


def _take_out(file: File) -> None:
    file.place = file.trashed_place or FilePlace.DRIVE
    file.trashed_place = None  # type: ignore[assignment]
    file.trashed_parent_id = None
