"""Images, and what the panel says of itself."""

from __future__ import annotations

from typing import Any

from domain.images.queries import all_images
from rest_compat._kit import Call
from rest_compat.skyport.names import PANEL_NAME
from rest_compat.skyport.schemas.images import image_out
from rest_compat.skyport.schemas.messages import NameOut


async def get_images(call: Call[None]) -> list[dict[str, Any]]:
    """GET /api/images: every image of the catalogue, oldest first."""
    return [image_out(image) for image in await all_images(call.actor)]


async def get_name(call: Call[None]) -> NameOut:
    """GET /api/name: the panel's name."""
    return NameOut(name=PANEL_NAME)
