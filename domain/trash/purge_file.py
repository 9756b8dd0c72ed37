"""Delete a file for good."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import InvalidInput
from domain.files.changing import descendants, get_kept_file, lock_folders, locked_file
from domain.files.purge import purge_files
from domain.models.file import File, FilePlace
from domain.ports import Ports
from domain.trash.sparing import spare
from domain.unit import unit_of_work


async def purge_file(ports: Ports, actor: Actor, file_id: UUID | str, *, tenant_id: UUID | None = None) -> File:
    """The row as it was; it is gone with what it held, its parts, links and contents. Rights as trash_file.

    InvalidInput: it is not in the trash.
    """
    kept = await get_kept_file(ports, actor, file_id, tenant_id)
    async with unit_of_work(ports) as unit:
        await lock_folders(kept.tenant_id)
        file = await locked_file(kept.id)
        if file.place is not FilePlace.TRASH:
            raise InvalidInput("Only what is in the trash can be deleted for good.", reason="not_trashed")
        held = await descendants(file)
        await spare(unit, File.filter(parent_id__in=[file.id, *(one.id for one in held)]))
        await purge_files(unit, actor, [file, *(one for one in held if one.place is FilePlace.TRASH)])
        await unit.audit(actor, "file.purged", subject=str(file.id), tenant_id=file.tenant_id, name=file.name)
    return file
