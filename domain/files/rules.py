"""What a tenant allows and wants of its uploads."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.ports import Ports


@dataclass(frozen=True, slots=True)
class UploadRules:
    """file_bytes: the largest file. largest_quality: no variant above it is made. image_format, thumbnail_format:
    webp, avif, jpeg or png."""

    file_bytes: int
    largest_quality: str = "hd"
    image_format: str = "webp"
    thumbnail_format: str = "webp"


async def upload_rules(ports: Ports, tenant_id: UUID) -> UploadRules:
    """As they are now."""
    return UploadRules(file_bytes=ports.limits.file_bytes)
