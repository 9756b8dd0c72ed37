"""The row of an upload: a new file, or the one that has this content already."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.access import Actor
from domain.events import file_changed
from domain.files.blobs import Stored, blob_of, known_blob
from domain.files.changing import save_file
from domain.files.descriptor import descriptor_of, file_id_of
from domain.files.placement import Placement
from domain.files.presets import Preset
from domain.files.variants import FOR_WRITERS, JOB_KIND, wants_variants
from domain.media.kinds import MediaClass, format_of
from domain.models.file import Blob, File, FileKind, FilePlace, FileState, FileTag, FileVariant, Visibility
from domain.ports import Ports
from domain.unit import unit_of_work

LARGEST_TEMPORARY = 2**53 - 1
"""JavaScript must be able to say it."""


@dataclass(frozen=True, slots=True)
class Received:
    """An upload whose bytes have all come. size: of an image, in pixels."""

    stored: Stored
    name: str
    content_type: str
    preset: Preset
    media: MediaClass
    size: tuple[int, int] | None
    visibility: Visibility | None
    tags: tuple[str, ...]
    created_at: datetime | None


async def record(
    ports: Ports, actor: Actor, placement: Placement, received: Received, *, is_kept: bool
) -> tuple[File, bool, list[FileVariant]] | None:
    """File, whether it existed, its variants. None: nobody has these bytes, and they are not kept yet."""
    async with unit_of_work(ports) as unit:
        blob = await blob_of(received.stored) if is_kept else await known_blob(received.stored.blob_id)
        if blob is None:
            return None
        # Under the blob's lock: of two uploads of the same bytes the second finds the file of the first.
        there = await _same(ports, placement, blob, received)
        if there is not None:
            return there, True, await FileVariant.filter(file_id=there.id)
        file, original = await _made(ports, actor, placement, received, blob)
        if file.state is FileState.PENDING:
            payload = {"file_id": str(file.id)}
            await unit.enqueue(JOB_KIND, actor, tenant_id=file.tenant_id, lane=f"file:{file.id}", payload=payload)
        unit.emit(file_changed(file))
    return file, False, [original]


async def _same(ports: Ports, placement: Placement, blob: Blob, received: Received) -> File | None:
    root_id = placement.root.id if placement.root else None
    candidates = File.filter(tenant_id=placement.tenant_id, root_id=root_id)
    same = await candidates.filter(
        preset=received.preset.name, variants__blob_id=blob.id, variants__quality="orig"
    ).first()
    if same is not None or _is_pending(ports, received):
        return same
    # Another preset, but all that it would keep is the same: that is the same file.
    return await candidates.filter(public_id=file_id_of(_descriptor(placement, _original(received, blob)))).first()


async def bring_back(ports: Ports, placement: Placement, file: File) -> File | None:
    """Whoever uploads what lies in the trash wants it again, where they say. None: it has just been purged.

    In a unit of its own: purges lock files before blobs, and this must not do it the other way round.
    """
    if file.place is not FilePlace.TRASH:
        return file
    async with unit_of_work(ports) as unit:
        row = await File.filter(id=file.id).select_for_update().get_or_none()
        if row is not None and row.place is FilePlace.TRASH:
            row.place, row.parent_id = placement.place, placement.parent.id if placement.parent else None
            row.trashed_place, row.trashed_parent_id = None, None  # type: ignore[assignment]
            await save_file(unit, row)
    return row


async def _made(
    ports: Ports, actor: Actor, placement: Placement, received: Received, blob: Blob
) -> tuple[File, FileVariant]:
    original = _original(received, blob)
    width, height = received.size or (None, None)
    file = await File.create(
        **_identity(ports, placement, received, original),
        **placement.columns(),
        kind=FileKind.BLOB,
        name=received.name,
        content_type=received.content_type,
        visibility=received.visibility or Visibility.DIRECT,
        creator_id=actor.user_id,
        creator_tag=actor.id_tag,
        preset=received.preset.name,
        size_bytes=blob.size_bytes,
        width=width,
        height=height,
        **_dated(received),
    )
    original.file_id = file.id
    await original.save()
    tags = [FileTag(tenant_id=file.tenant_id, file_id=file.id, tag=tag) for tag in received.tags]
    await FileTag.bulk_create(tags)
    return file, original


def _identity(ports: Ports, placement: Placement, received: Received, original: FileVariant) -> dict[str, Any]:
    """A temporary id while variants are to be made; else the one that the content gives."""
    if _is_pending(ports, received):
        temporary = f"@{secrets.randbelow(LARGEST_TEMPORARY) + 1}"
        # Until the job has looked inside, nobody knows what the camera wrote beside the picture.
        extra = FOR_WRITERS if received.media is MediaClass.VISUAL else None
        return {"public_id": temporary, "temp_id": temporary, "state": FileState.PENDING, "extra": extra}
    text = _descriptor(placement, original)
    return {"public_id": file_id_of(text), "descriptor": text, "state": FileState.ACTIVE}


def _dated(received: Received) -> dict[str, Any]:
    return {} if received.created_at is None else {"created_at": received.created_at}


def _is_pending(ports: Ports, received: Received) -> bool:
    return wants_variants(ports, received.preset, received.media, received.content_type)


def _descriptor(placement: Placement, original: FileVariant) -> str:
    return descriptor_of([original], placement.root.public_id if placement.root else None)


def _original(received: Received, blob: Blob) -> FileVariant:
    """Not saved; of no file yet."""
    width, height = received.size or (None, None)
    return FileVariant(
        blob_id=blob.id,
        variant_class=received.media.value,
        quality="orig",
        format=format_of(received.content_type),
        content_type=received.content_type,
        size_bytes=blob.size_bytes,
        width=width,
        height=height,
    )
