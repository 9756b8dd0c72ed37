"""Variants: smaller copies, made by a job; when they are there, the file gets the id that its content gives."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from tortoise.exceptions import IntegrityError

from domain.access import Actor
from domain.errors import DomainError, InvalidInput, Unavailable
from domain.events import tenant_changed
from domain.files.blobs import Stored, blob_of, drop_copies, intake
from domain.files.changing import save_file
from domain.files.descriptor import descriptor_of, file_id_of
from domain.files.freeing import free_blobs
from domain.files.presets import TIERS, Preset, capped, preset_named
from domain.files.rules import VariantRules, variant_rules
from domain.jobs.job import Job, JobKind
from domain.media.images import Copy, Made, Order, make_copies
from domain.media.kinds import DECODABLE, MediaClass, bare_type
from domain.media.traces import bears_traces
from domain.models.file import Blob, File, FileState, FileVariant
from domain.models.tenant import Tenant
from domain.ports import Ports
from domain.ports.media import MediaOrder
from domain.unit import Unit, unit_of_work

JOB_KIND = "files.variants"
FOR_WRITERS = {"original": "writers"}
"""File.extra of an image whose original says where or with what it was taken: mere readers get a copy instead."""

IMAGES_AT_ONCE = 2
"""A decoded image may take 400 MB; more at a time would only wait for processors anyway."""

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def wants_variants(ports: Ports, preset: Preset, media: MediaClass, content_type: str) -> bool:
    """Whether a job is to make any."""
    if media is MediaClass.VISUAL:
        return bool(preset.image) and bare_type(content_type) in DECODABLE
    wanted = {MediaClass.VIDEO: preset.video, MediaClass.AUDIO: preset.audio, MediaClass.DOCUMENT: preset.image}
    return bool(wanted.get(media)) and ports.media.makes(media)


class Batch:
    """Copies on their way to becoming variants: bytes in the storage, rows not yet saved."""

    def __init__(self) -> None:
        self.stored: list[Stored] = []
        self.rows: list[FileVariant] = []
        self.made: Made | None = None

    def add(self, stored: Stored, **columns: Any) -> None:
        self.stored.append(stored)
        self.rows.append(FileVariant(blob_id=stored.blob_id, size_bytes=stored.size_bytes, **columns))


async def _make(job: Job) -> dict[str, Any]:
    """The job. Until its last transaction it leaves no row, so it may be run again from its start."""
    ports = job.ports
    file = await _pending(job)
    if file is None:
        return {}
    original = await FileVariant.get(file_id=file.id, quality="orig").select_related("blob")
    batch, refusal = Batch(), None
    try:
        try:
            await _fill(ports, file, original, batch)
        except InvalidInput as error:
            refusal = error.message  # the original stands alone
        await job.check_ours()
        await _finish(ports, file.id, batch)
    except IntegrityError as exc:
        raise Unavailable("Another file has just got the same id; try again.") from exc
    finally:
        await drop_copies(ports, batch.stored)
    return {"variants": len(batch.rows), **({"refused": refusal} if refusal else {})}


async def _alone(job: Job, error: DomainError) -> None:
    """What cannot be made does not keep the file from being used."""
    file = await _pending(job)
    if file is not None:
        await _finish(job.ports, file.id, Batch())


VARIANTS = JobKind(run=_make, on_failure=_alone, cancellable=False)


async def _pending(job: Job) -> File | None:
    """None: it was purged, or an earlier attempt has done it."""
    return await File.get_or_none(id=UUID(job.operation.payload["file_id"]), state=FileState.PENDING)


async def _fill(ports: Ports, file: File, original: FileVariant, batch: Batch) -> None:
    preset, rules = preset_named(file.preset or ""), await variant_rules(ports, file.tenant_id)
    if original.variant_class == MediaClass.VISUAL:
        await _fill_with_images(ports, original.blob, preset, rules, batch)
    else:
        await _fill_with_media(ports, original, preset, rules, batch)


async def _fill_with_images(ports: Ports, blob: Blob, preset: Preset, rules: VariantRules, batch: Batch) -> None:
    if blob.size_bytes > ports.limits.image_bytes:
        raise InvalidInput(f"Variants are made of images of at most {ports.limits.image_bytes} bytes.")
    orders = [_order(quality, rules) for quality in capped(preset.image, rules.largest_quality)]
    async with _turn():
        content = b"".join([chunk async for chunk in ports.storage.read(blob.storage_key)])
        batch.made = await asyncio.to_thread(make_copies, content, orders, ports.limits.image_pixels)
    for copy in batch.made.copies:
        batch.add(await _store(ports, copy.content), **_image_columns(copy))


def _turn() -> asyncio.Semaphore:
    return _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(IMAGES_AT_ONCE))


async def _fill_with_media(
    ports: Ports, original: FileVariant, preset: Preset, rules: VariantRules, batch: Batch
) -> None:
    media = MediaClass(original.variant_class)
    content = ports.storage.read(original.blob.storage_key)
    async with ports.media.copies(media, content, _media_orders(media, preset, rules)) as copies:
        for copy in copies:
            async with intake(ports) as draft:
                async for chunk in copy.read():
                    await draft.write(chunk)
                await draft.keep()
            batch.add(
                draft.stored(),
                variant_class=copy.order.variant_class.value,
                quality=copy.order.quality,
                format=copy.order.format,
                content_type=copy.content_type,
                width=copy.width,
                height=copy.height,
                duration_s=copy.duration_s,
                bitrate_kbps=copy.bitrate_kbps,
                pages=copy.pages,
            )


def _order(quality: str, rules: VariantRules) -> Order:
    is_thumbnail = quality in ("pf", "tn")
    return Order(quality, TIERS[quality], rules.thumbnail_format if is_thumbnail else rules.image_format)


def _media_orders(media: MediaClass, preset: Preset, rules: VariantRules) -> list[MediaOrder]:
    orders = []
    if media is MediaClass.VIDEO:
        orders += [MediaOrder(media, each, TIERS[each], "mp4") for each in capped(preset.video, rules.largest_quality)]
    if media is MediaClass.AUDIO:
        orders += [MediaOrder(media, each, 0, "m4a") for each in preset.audio]
    if media is not MediaClass.AUDIO:
        stills = [each for each in preset.image if media is MediaClass.DOCUMENT or each == "tn"]
        orders += [
            MediaOrder(MediaClass.VISUAL, order.quality, order.longest_px, order.format)
            for order in (_order(each, rules) for each in capped(tuple(stills), rules.largest_quality) if stills)
        ]
    return orders


def _image_columns(copy: Copy) -> dict[str, Any]:
    return {
        "variant_class": MediaClass.VISUAL.value,
        "quality": copy.quality,
        "format": copy.format,
        "content_type": f"image/{copy.format}",
        "width": copy.width,
        "height": copy.height,
    }


async def _store(ports: Ports, content: bytes) -> Stored:
    async with intake(ports) as draft:
        await draft.write(content)
        await draft.keep()
        return draft.stored()


async def _finish(ports: Ports, file_id: UUID, batch: Batch) -> None:
    """Rows of the variants, the descriptor and the final id, all at once."""
    tells_more = await _tells_more(ports, file_id, batch)
    async with unit_of_work(ports) as unit:
        file = await File.filter(id=file_id, state=FileState.PENDING).select_for_update().get_or_none()
        if file is None:
            return
        for stored in sorted(batch.stored, key=lambda each: each.blob_id):
            await blob_of(stored)
        for row in batch.rows:
            row.file_id = file.id
            await row.save()
        if batch.rows and not preset_named(file.preset or "").keeps_original:
            await _without_original(unit, file)
        if not tells_more:
            file.extra = {name: value for name, value in (file.extra or {}).items() if name != "original"} or None
        await _identify(unit, file, batch)
        await save_file(unit, file)


async def _tells_more(ports: Ports, file_id: UUID, batch: Batch) -> bool:
    """Whether the original of a picture stays with those who may write; one that none could read is searched."""
    if batch.made is not None:
        return batch.made.tells_more
    original = await FileVariant.filter(file_id=file_id, quality="orig").select_related("blob").first()
    if original is None or original.variant_class != MediaClass.VISUAL:
        return False
    return await bears_traces(original.content_type, ports.storage.read(original.blob.storage_key))


async def _without_original(unit: Unit, file: File) -> None:
    original = await FileVariant.get(file_id=file.id, quality="orig")
    await original.delete()
    await free_blobs(unit, Actor.system(), [original.blob_id])


async def _identify(unit: Unit, file: File, batch: Batch) -> None:
    root = await File.get(id=file.root_id) if file.root_id else None
    file.descriptor = descriptor_of(await FileVariant.filter(file_id=file.id), root.public_id if root else None)
    final = file_id_of(file.descriptor)
    # Two presets may come to the same in the end: then this file goes on under its temporary id.
    if not await File.filter(tenant_id=file.tenant_id, public_id=final).exists():
        await _renamed(unit, file, final)
    file.state = FileState.ACTIVE
    if batch.made is not None:
        file.width, file.height = batch.made.width, batch.made.height


async def _renamed(unit: Unit, file: File, final: str) -> None:
    """Also where its tenant names it."""
    former, file.public_id = file.public_id, final
    tenant = await Tenant.filter(id=file.tenant_id).get()
    named = {column: final for column in ("picture_file_id", "cover_file_id") if getattr(tenant, column) == former}
    if named:
        await tenant.update_from_dict(named).save(update_fields=list(named))
        unit.emit(tenant_changed(tenant))
