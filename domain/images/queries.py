"""Read images: those shared by the platform, and the tenant's own."""

from __future__ import annotations

from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from domain.access import Actor, parse_id, require, visible_tenants
from domain.errors import NotFound
from domain.models.image import Image
from domain.paging import Order, Page, PageRequest, page_of
from domain.text import can_be_kept


def visible_images(actor: Actor) -> QuerySet[Image]:
    """Shared ones, and those of the actor's tenants."""
    tenants = visible_tenants(actor)
    if tenants is None:
        return Image.all()
    return Image.filter(Q(tenant_id__isnull=True) | Q(tenant_id__in=list(tenants)))


async def get_image(actor: Actor, image_id: UUID | str) -> Image:
    """NotFound when it does not exist or is another tenant's."""
    require(actor, "images:read")
    found = await visible_images(actor).filter(id=parse_id(image_id, "image")).first()
    if found is None:
        raise NotFound("There is no such image.", id=str(image_id))
    return found


async def find_image_by_name(actor: Actor, name: str) -> Image | None:
    require(actor, "images:read")
    return await visible_images(actor).filter(name=name).first() if can_be_kept(name) else None


async def list_images(actor: Actor, order: Order = Order(), request: PageRequest = PageRequest()) -> Page[Image]:
    require(actor, "images:read")
    return await page_of(visible_images(actor), order, request)


async def all_images(actor: Actor) -> list[Image]:
    """Every visible image, oldest first, for doors whose lists are not paged."""
    require(actor, "images:read")
    return await visible_images(actor).order_by("created_at", "id")
