"""Create a file whose content is not bytes (yet): a document, a tree, a folder, or a blob's placeholder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.access import Actor, target_tenant
from domain.errors import Conflict, Forbidden, InvalidInput
from domain.events import file_changed
from domain.files.access import level_on
from domain.files.changing import lock_folders
from domain.files.naming import check_content_type, clean_file_name, random_public_id
from domain.files.placement import Placement, choose_placement
from domain.models.file import AccessLevel, File, FileKind, FileState, FileTag, Visibility
from domain.ports import Ports
from domain.tags.naming import check_tags
from domain.text import check_kept
from domain.unit import unit_of_work

DEFAULT_NAME = "file"
DEFAULT_CONTENT_TYPE = "application/json"
SOURCE_LENGTH = 160


@dataclass(frozen=True, slots=True)
class FileSpec:
    """parent: a folder. root: the file it becomes a part of. managed: kept by an app, outside the user's folders.
    source: the file elsewhere that it stands for ("alice.example.com:abc"). tenant_id None: the actor's own."""

    kind: FileKind
    name: str = DEFAULT_NAME
    content_type: str = DEFAULT_CONTENT_TYPE
    parent: UUID | str | None = None
    root: UUID | str | None = None
    tags: tuple[str, ...] = ()
    visibility: Visibility | None = None
    managed: bool = False
    created_at: datetime | None = None
    source: str | None = None
    tenant_id: UUID | None = None


async def create_file(ports: Ports, actor: Actor, spec: FileSpec) -> File:
    """The saved row; a blob's placeholder is pending until its bytes come. The same source in the same folder again
    gives the file that is there.

    Needs what choose_placement needs; its errors too. InvalidInput: name, content type, tags. Conflict: the source
    lies in another folder already (details.existing_parent_id, absent at the top).
    """
    tenant_id = target_tenant(actor, spec.tenant_id)
    columns = _columns(actor, spec)
    tags = check_tags(spec.tags)
    placement = await choose_placement(
        ports, actor, tenant_id, parent=spec.parent, root=spec.root, managed=spec.managed
    )
    async with unit_of_work(ports) as unit:
        if spec.source is not None:
            await lock_folders(tenant_id)
            if (there := await _placed(ports, actor, placement, spec.source)) is not None:
                return there
        file = await File.create(public_id=random_public_id(), **columns, **placement.columns())
        await FileTag.bulk_create([FileTag(tenant_id=tenant_id, file_id=file.id, tag=tag) for tag in tags])
        unit.emit(file_changed(file))
    return file


def _columns(actor: Actor, spec: FileSpec) -> dict[str, Any]:
    if spec.source is not None:
        check_kept(spec.source, "source", SOURCE_LENGTH)
    columns: dict[str, Any] = {
        "kind": spec.kind,
        "name": clean_file_name(spec.name),
        "content_type": check_content_type(spec.content_type),
        "visibility": spec.visibility or Visibility.DIRECT,
        "state": FileState.PENDING if spec.kind is FileKind.BLOB else FileState.ACTIVE,
        "creator_id": actor.user_id,
        "creator_tag": actor.id_tag,
        "source": spec.source,
    }
    if spec.created_at is not None:
        if spec.created_at.tzinfo is None:
            raise InvalidInput("A time needs its zone.", field="created_at")
        columns["created_at"] = spec.created_at
    return columns


async def _placed(ports: Ports, actor: Actor, placement: Placement, source: str) -> File | None:
    """What stands for the source here already."""
    there = await File.filter(tenant_id=placement.tenant_id, source=source).select_related("parent").first()
    if there is None:
        return None
    if await level_on(ports, actor, there) is AccessLevel.NONE:
        raise Forbidden("Somebody else has placed this file here.")
    if there.parent_id == (placement.parent.id if placement.parent else None):
        return there
    where = {} if there.parent is None else {"existing_parent_id": there.parent.public_id}
    raise Conflict("This file has a place here already.", **where)
