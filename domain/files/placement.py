"""Where a new file goes, and whether the actor may put one there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.access import Actor, require
from domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from domain.files.access import find_file, require_level
from domain.models.file import AccessLevel, File, FileKind, FilePlace
from domain.ports import Ports


@dataclass(frozen=True, slots=True)
class Placement:
    """parent: the folder, None at the top. root: the file it becomes a part of."""

    tenant_id: UUID
    parent: File | None
    root: File | None
    place: FilePlace

    def columns(self) -> dict[str, Any]:
        """For File.create."""
        return {
            "tenant_id": self.tenant_id,
            "parent_id": self.parent.id if self.parent else None,
            "root_id": self.root.id if self.root else None,
            "place": self.place,
        }


async def choose_placement(
    ports: Ports,
    actor: Actor,
    tenant_id: UUID,
    *,
    parent: UUID | str | None = None,
    root: UUID | str | None = None,
    managed: bool = False,
) -> Placement:
    """The place of a new file. Needs files:write in the tenant, or WRITE on the root: whoever may write a document may
    add parts to it.

    NotFound: the folder. InvalidInput: the parent is no folder, the root does not exist or is a part itself.
    Conflict: the folder is in the trash.
    """
    whole = None if root is None else await _root(ports, actor, tenant_id, root)
    if whole is None:
        _require_at_large(actor, tenant_id)
    folder = None if parent is None else await find_folder(ports, actor, tenant_id, parent)
    place = FilePlace.MANAGED if managed else FilePlace.DRIVE
    return Placement(tenant_id, folder, whole, place)


async def find_folder(ports: Ports, actor: Actor, tenant_id: UUID, parent: UUID | str) -> File:
    """A folder of the tenant that the actor may put things into. Errors as choose_placement's."""
    folder = await find_file(actor, parent, tenant_id)
    if folder is None or folder.tenant_id != tenant_id:
        raise NotFound("There is no such folder.", id=str(parent)[:80])
    await require_level(ports, actor, folder, AccessLevel.WRITE)
    if folder.kind is not FileKind.FOLDER:
        raise InvalidInput("The parent must be a folder.", field="parent")
    if folder.place is FilePlace.TRASH:
        raise Conflict("This folder is in the trash.", field="parent")
    return folder


async def _root(ports: Ports, actor: Actor, tenant_id: UUID, root: UUID | str) -> File:
    whole = await find_file(actor, root, tenant_id)
    if whole is None or whole.tenant_id != tenant_id or whole.root_id is not None:
        raise InvalidInput("The root must be a file that is not itself a part of another.", field="root")
    await require_level(ports, actor, whole, AccessLevel.WRITE)
    return whole


def _require_at_large(actor: Actor, tenant_id: UUID) -> None:
    if actor.file_scope is not None:
        raise Forbidden("This credential may only add parts to its file.")
    require(actor, "files:write", tenant_id)
