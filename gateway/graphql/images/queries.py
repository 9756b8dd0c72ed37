"""Read images."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from domain.images.queries import get_image, list_images
from domain.models.image import Image
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.images.types import ImageType
from gateway.graphql.paging import (
    DEFAULT_FIRST,
    After,
    Connection,
    Direction,
    First,
    Listing,
    Way,
    order_of,
    page_request,
)

ImageId = Annotated[strawberry.ID, strawberry.argument(description="The image's id.")]


@strawberry.enum(description="What a list of images is ordered by.")
class ImageOrder(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="When it was added.")
    NAME = strawberry.enum_value("name", description="Its name.")


OrderBy = Annotated[ImageOrder, strawberry.argument(description="What the list is ordered by.")]


@strawberry.type
class ImageQueries:
    @root(ImageType | None, "One image. NOT_FOUND: neither shared nor yours.")
    async def image(self, info: Info, id: ImageId) -> Image:
        return await get_image(info.context.actor, id)

    @root(Connection[ImageType] | None, "The images you can use, shared ones and your own, page by page.")
    async def images(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = None,
        order_by: OrderBy = ImageOrder.CREATED_AT,
        direction: Way = Direction.ASC,
    ) -> Listing[Image]:
        order, request = order_of(order_by, direction), page_request(info, first, after)
        return Listing(await list_images(info.context.actor, order, request), order, request)
