"""Rename, move, hide a file, or change who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.access import Actor
from domain.errors import Conflict, InvalidInput
from domain.files.access import get_file
from domain.files.changing import lock_folders, locked_file, save_file
from domain.files.keep import KEEP, Keep
from domain.files.naming import clean_file_name
from domain.files.placement import find_folder
from domain.models.file import AccessLevel, File, FileKind, FilePlace, FileState, Visibility
from domain.ports import Ports
from domain.shares.telling import tell_access
from domain.unit import Unit, unit_of_work


class FolderCycle(InvalidInput):
    """A folder cannot lie inside itself."""


@dataclass(frozen=True, slots=True)
class FileChanges:
    """parent None: to the top. visibility None: direct."""

    name: str | Keep = KEEP
    parent: UUID | str | Keep | None = KEEP
    visibility: Visibility | Keep | None = KEEP
    state: FileState | Keep = KEEP
    hidden: bool | Keep = KEEP


async def update_file(
    ports: Ports, actor: Actor, file_id: UUID | str, changes: FileChanges, *, tenant_id: UUID | None = None
) -> File:
    """The changed row. Needs WRITE on the file, and on the folder it moves to.

    InvalidInput: the name, no folder. FolderCycle: a folder into itself or what it holds. NotFound: file or folder.
    Conflict: a move of what is in the trash, or into it.
    """
    file = await get_file(ports, actor, file_id, AccessLevel.WRITE, tenant_id=tenant_id)
    name = KEEP if isinstance(changes.name, Keep) else clean_file_name(changes.name)
    folder: File | None = None
    if changes.parent is not KEEP and changes.parent is not None:
        folder = await find_folder(ports, actor, file.tenant_id, changes.parent)
    async with unit_of_work(ports) as unit:
        if changes.parent is not KEEP:
            await lock_folders(file.tenant_id)
        file = await locked_file(file.id)
        if not isinstance(name, Keep):
            file.name = name
        if changes.parent is not KEEP:
            await _move(file, folder)
        await _show(unit, actor, file, changes)
        await save_file(unit, file)
    return file


async def _move(file: File, folder: File | None) -> None:
    if file.place is FilePlace.TRASH:
        raise Conflict("This file is in the trash.", field="parent")
    if folder is not None and file.kind is FileKind.FOLDER:
        await _refuse_cycle(file, folder)
    file.parent_id = folder.id if folder else None


async def _refuse_cycle(file: File, folder: File) -> None:
    """Upwards from the folder, which is in no circle itself: moves take turns."""
    above: UUID | None = folder.id
    while above is not None:
        if above == file.id:
            raise FolderCycle("A folder cannot be moved into itself.", field="parent")
        above = (await File.get(id=above)).parent_id


async def _show(unit: Unit, actor: Actor, file: File, changes: FileChanges) -> None:
    if not isinstance(changes.state, Keep):
        file.state = changes.state
    if not isinstance(changes.hidden, Keep):
        file.hidden = changes.hidden
    if isinstance(changes.visibility, Keep):
        return
    visibility = changes.visibility or Visibility.DIRECT
    if visibility is not file.visibility:
        file.visibility = visibility
        await tell_access(unit, file)
        to = visibility.name.lower()
        await unit.audit(actor, "file.visibility_changed", subject=str(file.id), tenant_id=file.tenant_id, to=to)
