"""What a tenant allows and wants of its uploads, by preference."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.limits import MIB
from domain.media.images import MAKEABLE
from domain.media.kinds import MediaClass
from domain.ports import Ports
from domain.preferences.queries import preference


@dataclass(frozen=True, slots=True)
class VariantRules:
    """largest_quality: no variant above it is made. image_format, thumbnail_format: webp, avif, jpeg or png."""

    largest_quality: str = "hd"
    image_format: str = "webp"
    thumbnail_format: str = "webp"


async def file_limit_bytes(ports: Ports, tenant_id: UUID, media: MediaClass) -> int:
    """The largest file of a class, as it is declared. Images have a limit of their own: they are decoded."""
    name = "max_file_size_mb" if media is MediaClass.VISUAL else "max_streaming_file_size_mb"
    return int(await preference(ports, tenant_id, f"file.{name}")) * MIB


async def variant_rules(ports: Ports, tenant_id: UUID) -> VariantRules:
    """As they are now."""
    return VariantRules(
        largest_quality=str(await preference(ports, tenant_id, "file.max_generate_variant")),
        image_format=_format(await preference(ports, tenant_id, "file.image_format")),
        thumbnail_format=_format(await preference(ports, tenant_id, "file.thumbnail_format")),
    )


def _format(value: object) -> str:
    """jpg is said as often as jpeg; what cannot be made is made as webp."""
    word = "jpeg" if value == "jpg" else str(value)
    return word if word in MAKEABLE else "webp"
