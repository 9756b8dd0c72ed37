"""Bytes of files: what an upload and a download are asked with, and what an upload and a descriptor answer."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from domain.errors import InvalidInput
from domain.files.content import Descriptor, Wanted
from domain.files.descriptor import descriptor_of
from domain.files.set_picture import Picture
from domain.files.upload import Uploaded, UploadSpec
from domain.models.file import FileVariant
from rest_compat.cloudillo.schemas.files import FileOut
from rest_compat.cloudillo.schemas.moments import MomentIn, moment_of
from rest_compat.cloudillo.schemas.words import VISIBILITIES, ours

_BYTES = Annotated[int, Meta(ge=0, le=2**53)]


class UploadQuery(Struct, kw_only=True, rename="camel"):
    """Where an upload goes, and what is known about it. as: managed keeps it outside the user's folders."""

    parent_id: str | None = None
    root_id: str | None = None
    created_at: MomentIn | None = None
    tags: list[str] = []
    visibility: str | None = None
    as_: str | None = field(name="as", default=None)

    def to_spec(self, preset: str, name: str, content_type: str | None, announced_bytes: int | None) -> UploadSpec:
        """InvalidInput: visibility, as, createdAt."""
        if self.as_ not in (None, "", "managed"):
            raise InvalidInput("as must be managed.", field="as")
        return UploadSpec(
            name=name,
            content_type=content_type,
            preset=preset,
            parent=self.parent_id or None,
            root=self.root_id or None,
            visibility=ours(VISIBILITIES, self.visibility, "visibility") if self.visibility else None,
            tags=tuple(tag for tag in self.tags if tag),
            managed=self.as_ == "managed",
            created_at=moment_of(self.created_at, "createdAt") if self.created_at else None,
            announced_bytes=announced_bytes,
        )


class ContentQuery(Struct, kw_only=True, rename="camel"):
    """Which variant. variant: vis.sd, sd, orig …; minX, minY: least width and height in pixels; minRes: least number
    of pixels."""

    variant: str | None = None
    min_x: _BYTES | None = None
    min_y: _BYTES | None = None
    min_res: _BYTES | None = None

    def to_wanted(self) -> Wanted:
        return Wanted(self.variant or None, self.min_x, self.min_y, self.min_res)


class UploadOut(Struct, kw_only=True, rename="camel"):
    """A new file. fileId: @… until its variants are made. dim: width and height in pixels."""

    file_id: str
    dim: tuple[int, int] | UnsetType = UNSET
    thumbnail_variant_id: str | UnsetType = UNSET

    @classmethod
    def of(cls, uploaded: Uploaded) -> UploadOut:
        file = uploaded.file
        thumbnail = _named(uploaded.variants, "vis", "tn")
        return cls(
            file_id=file.public_id,
            dim=(file.width, file.height) if file.width and file.height else UNSET,
            thumbnail_variant_id=thumbnail.blob_id if thumbnail else UNSET,
        )


class ExistingOut(FileOut, kw_only=True, rename="camel"):
    """The content was there already, and this is where."""

    existed: bool = True


class PictureOut(Struct, kw_only=True, rename="camel"):
    """A picture that was set. type: profile-pic or cover."""

    file_id: str
    type: str

    @classmethod
    def of(cls, uploaded: Uploaded, picture: Picture) -> PictureOut:
        return cls(file_id=uploaded.file.public_id, type="profile-pic" if picture is Picture.PROFILE else "cover")


class VariantOut(Struct, kw_only=True, rename="camel"):
    """One variant. variant: class.quality; size in bytes."""

    variant: str
    variant_id: str
    format: str
    content_type: str
    size: int
    resolution: tuple[int, int] | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    bitrate: int | UnsetType = UNSET
    pages: int | UnsetType = UNSET

    @classmethod
    def of(cls, variant: FileVariant) -> VariantOut:
        return cls(
            variant=f"{variant.variant_class}.{variant.quality}",
            variant_id=variant.blob_id,
            format=variant.format,
            content_type=variant.content_type,
            size=variant.size_bytes,
            resolution=(variant.width, variant.height) if variant.width and variant.height else UNSET,
            duration=UNSET if variant.duration_s is None else variant.duration_s,
            bitrate=UNSET if variant.bitrate_kbps is None else variant.bitrate_kbps,
            pages=UNSET if variant.pages is None else variant.pages,
        )


class DescriptorOut(Struct, kw_only=True, rename="camel"):
    """What a file consists of. file: the descriptor's text, as the clients' decoder wants it; descriptor: the same.
    While variants are being made it names what there is by now."""

    file: str
    descriptor: str
    variants: list[VariantOut]

    @classmethod
    def of(cls, found: Descriptor) -> DescriptorOut:
        text = found.text or descriptor_of(found.variants)
        return cls(file=text, descriptor=text, variants=[VariantOut.of(variant) for variant in found.variants])


def _named(variants: list[FileVariant], media: str, quality: str) -> FileVariant | None:
    return next((each for each in variants if (each.variant_class, each.quality) == (media, quality)), None)
