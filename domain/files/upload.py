"""Upload bytes as a file: straight into the storage, hashed and counted on the way, a row only when all are there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from domain.access import Actor
from domain.errors import InvalidInput, TooLarge, Unavailable
from domain.files.blobs import Intake, Stored, drop_copies, intake
from domain.files.naming import CONTENT_TYPE_LENGTH, check_content_type, clean_file_name
from domain.files.placement import Placement, choose_placement
from domain.files.presets import Preset, check_allowed, preset_named
from domain.files.recording import Received, bring_back, record
from domain.files.rules import file_limit_bytes
from domain.media.images import dimensions
from domain.media.kinds import DECODABLE, HEAD_BYTES, OCTETS, MediaClass, bare_type, class_of, settled_type
from domain.models.file import File, FileVariant, Visibility
from domain.ports import Ports
from domain.tags.naming import check_tags


@dataclass(frozen=True, slots=True)
class UploadSpec:
    """content_type: as declared. parent: a folder. root: the file it becomes a part of. managed: kept by an app.
    file_bytes: a limit of the door, beside the tenant's. announced_bytes: what the client says will come. is_picture:
    nothing but an image whose size can be read."""

    name: str
    content_type: str | None = None
    preset: str = "default"
    parent: UUID | str | None = None
    root: UUID | str | None = None
    visibility: Visibility | None = None
    tags: tuple[str, ...] = ()
    managed: bool = False
    created_at: datetime | None = None
    file_bytes: int | None = None
    announced_bytes: int | None = None
    is_picture: bool = False


@dataclass(frozen=True, slots=True)
class Uploaded:
    """existed: the tenant had this content already, and `file` is where. variants: what it has by now."""

    file: File
    existed: bool
    variants: list[FileVariant] = field(default_factory=list)


async def upload(
    ports: Ports, actor: Actor, spec: UploadSpec, chunks: AsyncIterator[bytes], *, tenant_id: UUID
) -> Uploaded:
    """The saved row. State pending, and a temporary id, when variants are still to be made.

    Content that the tenant has under the same preset (and the same root) gives the file that is there, out of the trash
    if it was in it. Whatever `chunks` raises ends the upload without a trace.

    Needs what choose_placement needs; its errors too. InvalidInput: name, type, tags, a class the preset does not take,
    an image with too many pixels. TooLarge (details.limit): while reading. Unavailable: the storage.
    """
    preset = preset_named(spec.preset)
    checked = _checked(spec, preset)
    placement = await choose_placement(
        ports, actor, tenant_id, parent=spec.parent, root=spec.root, managed=spec.managed
    )
    limit = await _limit_bytes(ports, spec, tenant_id)
    if (spec.announced_bytes or 0) > limit:
        raise _too_large(limit)
    async with intake(ports) as draft:
        head = await _read_in(draft, chunks, limit)
        received = await _received(ports, checked, preset, head, draft.stored())
        known = await _recorded(ports, actor, placement, received, is_kept=False)
        if known is not None:
            return known
        await draft.keep()
        try:
            saved = await _recorded(ports, actor, placement, received, is_kept=True)
        finally:
            await drop_copies(ports, [received.stored])
    if saved is None:
        raise Unavailable("This file is just being deleted; try again.")
    return saved


async def _recorded(
    ports: Ports, actor: Actor, placement: Placement, received: Received, *, is_kept: bool
) -> Uploaded | None:
    """None: nobody has these bytes, or nobody has them any more."""
    saved = await record(ports, actor, placement, received, is_kept=is_kept)
    if saved is None:
        return None
    file, existed, variants = saved
    present = await bring_back(ports, placement, file)
    return None if present is None else Uploaded(present, existed, variants)


def _checked(spec: UploadSpec, preset: Preset) -> UploadSpec:
    """Refused before a byte is read, where that can be known."""
    if spec.created_at is not None and spec.created_at.tzinfo is None:
        raise InvalidInput("A time needs its zone.", field="created_at")
    declared = spec.content_type
    if declared is not None:
        check_content_type(declared)
        if bare_type(declared) != OCTETS and not preset.is_raw:
            check_allowed(preset, class_of(declared))
    return replace(spec, name=clean_file_name(spec.name), preset=preset.name, tags=tuple(check_tags(spec.tags)))


def _too_large(limit_bytes: int) -> TooLarge:
    return TooLarge(f"A file may have at most {limit_bytes} bytes.", limit=limit_bytes)


async def _limit_bytes(ports: Ports, spec: UploadSpec, tenant_id: UUID) -> int:
    allowed = await file_limit_bytes(ports, tenant_id, class_of(spec.content_type or OCTETS))
    return allowed if spec.file_bytes is None else min(allowed, spec.file_bytes)


async def _read_in(draft: Intake, chunks: AsyncIterator[bytes], limit_bytes: int) -> bytes:
    """Everything into the draft; the beginning of it, for whoever must recognise it."""
    head = bytearray()
    async for chunk in chunks:
        if draft.size_bytes + len(chunk) > limit_bytes:
            raise _too_large(limit_bytes)
        if len(head) < HEAD_BYTES:
            head += chunk[: HEAD_BYTES - len(head)]
        await draft.write(chunk)
    return bytes(head)


async def _received(ports: Ports, spec: UploadSpec, preset: Preset, head: bytes, stored: Stored) -> Received:
    content_type = settled_type(spec.content_type, head)[:CONTENT_TYPE_LENGTH]
    media = MediaClass.RAW if preset.is_raw else class_of(content_type)
    check_allowed(preset, media)
    size = None
    if media is MediaClass.VISUAL and bare_type(content_type) in DECODABLE:
        size = await asyncio.to_thread(dimensions, head, ports.limits.image_pixels)
    if spec.is_picture and size is None:
        raise InvalidInput("This image cannot be read.", field="content")
    return Received(stored, spec.name, content_type, preset, media, size, spec.visibility, spec.tags, spec.created_at)
