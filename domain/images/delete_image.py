"""Take an image out of the catalogue."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.errors import NotFound
from domain.events import Event
from domain.images.queries import get_image
from domain.models.image import Image
from domain.ports import Ports
from domain.unit import unit_of_work


async def delete_image(ports: Ports, actor: Actor, image_id: UUID | str) -> Image:
    """Remove it; instances made from it go on running and keep its engine reference."""
    image = await get_image(actor, image_id)
    if image.tenant_id is None:
        require(actor, "catalogue:write")
    else:
        require(actor, "images:write", image.tenant_id)
    async with unit_of_work(ports) as unit:
        if not await Image.filter(id=image.id).delete():
            raise NotFound("There is no such image.", id=str(image.id))
        await unit.audit(actor, "image.deleted", subject=str(image.id), name=image.name)
        unit.emit(Event("ImageDeleted", f"image:{image.id}", {"id": str(image.id)}, image.tenant_id))
    return image
