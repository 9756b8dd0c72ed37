"""Duplicate a document or a tree, with what is in it."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.documents.copy_document import copy_document
from domain.errors import InvalidInput
from domain.events import file_changed
from domain.files.access import get_file
from domain.files.changing import LIVE_KINDS
from domain.files.naming import NAME_LENGTH, clean_file_name, random_public_id
from domain.files.placement import Placement, choose_placement
from domain.models.file import File, FileKind, FilePlace, Visibility
from domain.ports import Ports
from domain.trees.copy_tree import copy_tree
from domain.unit import unit_of_work


async def duplicate_file(
    ports: Ports,
    actor: Actor,
    file_id: UUID | str,
    *,
    name: str | None = None,
    parent: UUID | str | None = None,
    tenant_id: UUID | None = None,
) -> File:
    """The new file: the actor's own, seen by nobody else yet, called "Copy of …" and lying beside the original unless
    said otherwise. Its content is the original's of this moment; versions and tags stay behind.

    Needs READ on the original and files:write in the tenant (of tenant_id, else of the original).
    InvalidInput: neither document nor tree, the name. NotFound, Conflict: the folder.
    """
    original = await get_file(ports, actor, file_id, tenant_id=tenant_id)
    if original.kind not in LIVE_KINDS:
        raise InvalidInput("Only documents and realtime databases can be duplicated.", field="file_id")
    named = f"Copy of {original.name}"[:NAME_LENGTH] if name is None else name
    placement = await _placement(ports, actor, original, parent, tenant_id)
    async with unit_of_work(ports) as unit:
        copy = await File.create(
            public_id=random_public_id(),
            kind=original.kind,
            name=clean_file_name(named),
            content_type=original.content_type,
            visibility=Visibility.DIRECT,
            preset=original.preset,
            extra=original.extra,
            creator_id=actor.user_id,
            creator_tag=actor.id_tag,
            **placement.columns(),
        )
        copy_content = copy_document if original.kind is FileKind.DOCUMENT else copy_tree
        await copy_content(original.id, copy.id)
        unit.emit(file_changed(copy))
    return copy


async def _placement(
    ports: Ports, actor: Actor, original: File, parent: UUID | str | None, tenant_id: UUID | None
) -> Placement:
    """Beside the original where the actor may put it there; a part's copy is a part, too."""
    home = tenant_id or original.tenant_id
    beside = home == original.tenant_id and original.place is not FilePlace.TRASH
    return await choose_placement(
        ports,
        actor,
        home,
        parent=original.parent_id if parent is None and beside else parent,
        root=original.root_id if beside else None,
        managed=beside and original.place is FilePlace.MANAGED,
    )
