"""Read a file's content: which variant, whether the actor may, and its bytes as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.access import Actor
from domain.errors import InvalidInput, NotFound
from domain.files.access import find_file, level_on, require_level
from domain.files.presets import QUALITIES
from domain.files.variants import FOR_WRITERS
from domain.media.kinds import MediaClass
from domain.models.file import AccessLevel, File, FileKind, FileVariant
from domain.ports import Ports

MOST_HOLDERS = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """variant: "vis.sd", "sd" (of the picture), "orig"; None: the best there is. min_width, min_height, min_pixels: the
    smallest picture that has as much; the largest where none has."""

    variant: str | None = None
    min_width: int | None = None
    min_height: int | None = None
    min_pixels: int | None = None

    @property
    def is_measured(self) -> bool:
        return not (self.min_width is None and self.min_height is None and self.min_pixels is None)


@dataclass(frozen=True, slots=True)
class Content:
    """One variant, open to be read. variants: all that the actor may read. is_fixed: the id it was asked by stands for
    these very bytes for ever."""

    file: File
    variant: FileVariant
    variants: list[FileVariant]
    is_fixed: bool
    ports: Ports = field(repr=False)

    @property
    def etag(self) -> str:
        """The blob's id."""
        return self.variant.blob_id

    @property
    def is_shy(self) -> bool:
        """Whether not everybody who may read the file may read this."""
        return is_shy(self.file, self.variant)

    @property
    def content_type(self) -> str:
        return self.variant.content_type

    @property
    def size_bytes(self) -> int:
        return int(self.variant.size_bytes)

    def read(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes start (included) to end (not included). NotFound: the file was purged meanwhile."""
        return self.ports.storage.read(self.variant.blob.storage_key, start, end)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """text: None while variants are being made."""

    file: File
    text: str | None
    variants: list[FileVariant]


NOTHING_SPECIAL = Wanted()


async def open_content(
    ports: Ports,
    actor: Actor,
    reference: UUID | str,
    wanted: Wanted = NOTHING_SPECIAL,
    *,
    tenant_id: UUID | None = None,
) -> Content:
    """The variant that serves best. NotFound: no file, none that the actor may read, no content or no such variant."""
    file, readable = await _readable(ports, actor, reference, tenant_id)
    is_fixed = file.public_id.startswith("f1~") and str(reference) == file.public_id
    return Content(file, choose_variant(readable, wanted), readable, is_fixed, ports)


async def read_descriptor(
    ports: Ports, actor: Actor, reference: UUID | str, *, tenant_id: UUID | None = None
) -> Descriptor:
    """What there is of a file. NotFound as in open_content."""
    file, readable = await _readable(ports, actor, reference, tenant_id)
    return Descriptor(file, file.descriptor, readable)


async def open_variant(ports: Ports, actor: Actor, blob_id: str, *, tenant_id: UUID | None = None) -> Content:
    """The bytes of that id, for whoever may read one of the files that have them. NotFound otherwise."""
    home = tenant_id or actor.tenant_id
    rows = FileVariant.filter(blob_id=blob_id, file__tenant_id=home) if home else FileVariant.filter(blob_id=blob_id)
    for row in await rows.select_related("blob", "file").order_by("created_at").limit(MOST_HOLDERS):
        level = await level_on(ports, actor, row.file)
        if level >= AccessLevel.READ and may_read(row.file, row, level):
            return Content(row.file, row, [row], True, ports)
    raise NotFound("There is no such variant.", id=blob_id[:80])


def may_read(file: File, variant: FileVariant, level: AccessLevel) -> bool:
    """An original that tells where it was taken is for those who may write the file."""
    return level >= (AccessLevel.WRITE if is_shy(file, variant) else AccessLevel.READ)


def is_shy(file: File, variant: FileVariant) -> bool:
    return variant.quality == "orig" and FOR_WRITERS.items() <= (file.extra or {}).items()


def choose_variant(variants: Sequence[FileVariant], wanted: Wanted) -> FileVariant:
    """NotFound: no such class of variants. InvalidInput: a variant's name is no name."""
    media, quality = _parsed(wanted.variant)
    if wanted.is_measured:
        return _measured(variants, media or MediaClass.VISUAL, wanted)
    own = [variant for variant in variants if media is None or variant.variant_class == media]
    if not own:
        raise NotFound("There is no such variant.")
    rank = {name: place for place, name in enumerate(_preference(quality))}
    return min(own, key=lambda each: (rank.get(each.quality, len(rank)), -each.size_bytes))


def _preference(quality: str) -> list[str]:
    """The quality itself, then larger ones, nearest first, then smaller ones, nearest first."""
    place = QUALITIES.index(quality)
    return [*QUALITIES[place:], *reversed(QUALITIES[:place])]


def _parsed(name: str | None) -> tuple[MediaClass | None, str]:
    if name is None or name == "orig":
        return None, "orig"
    media, _, quality = name.rpartition(".")
    if quality not in QUALITIES or media not in ("", *MediaClass):
        raise NotFound("There is no such variant.")
    return MediaClass(media) if media else MediaClass.VISUAL, quality


def _measured(variants: Sequence[FileVariant], media: MediaClass, wanted: Wanted) -> FileVariant:
    if min(wanted.min_width or 0, wanted.min_height or 0, wanted.min_pixels or 0) < 0:
        raise InvalidInput("A least size is not negative.")
    sized = [each for each in variants if each.variant_class == media and each.width and each.height]
    if not sized:
        raise NotFound("There is no such variant.")
    sized.sort(key=_pixels)
    return next((each for each in sized if _suffices(each, wanted)), sized[-1])


def _pixels(variant: FileVariant) -> tuple[int, int]:
    """Of two of one size, the lighter first."""
    return (variant.width or 0) * (variant.height or 0), variant.size_bytes


def _suffices(variant: FileVariant, wanted: Wanted) -> bool:
    return (
        (variant.width or 0) >= (wanted.min_width or 0)
        and (variant.height or 0) >= (wanted.min_height or 0)
        and _pixels(variant)[0] >= (wanted.min_pixels or 0)
    )


async def _readable(
    ports: Ports, actor: Actor, reference: UUID | str, tenant_id: UUID | None
) -> tuple[File, list[FileVariant]]:
    file = await find_file(actor, reference, tenant_id)
    if file is None:
        raise NotFound("There is no such file.", id=str(reference)[:80])
    level = await require_level(ports, actor, file, AccessLevel.READ)
    if file.kind is not FileKind.BLOB:
        raise NotFound("This file has no bytes.", id=file.public_id)
    rows = await FileVariant.filter(file_id=file.id).select_related("blob").order_by("size_bytes", "id")
    readable = [row for row in rows if may_read(file, row, level)]
    if not readable:
        raise NotFound("There is nothing to read yet.", id=file.public_id)
    return file, readable
