"""Add images to the catalogue."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from domain.access import parse_id
from domain.images.create_image import ImageSpec, create_image
from domain.models.image import Image
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.images.types import ImageType
from gateway.graphql.instances.inputs import EnvironmentVariableInput, env_of


@strawberry.input(description="An image to add.")
class CreateImageInput:
    name: str = strawberry.field(description="Unique name, 1 to 100 characters.")
    ref: str = strawberry.field(description="The engine's own reference, such as nginx:1.29.")
    description: str = strawberry.field(default="", description="What it is for.")
    author: str = strawberry.field(default="", description="Who made it: an address or account.")
    author_name: str = strawberry.field(default="", description="Who made it: a name.")
    drivers: list[str] = strawberry.field(
        default_factory=lambda: ["docker"], description="Drivers on which it runs: docker, process, memory."
    )
    process_runnable: bool = strawberry.field(
        default=False, description="Whether the process driver may run its command; only the platform can say so."
    )
    command: list[str] | None = strawberry.field(default=None, description="Program and arguments; null: the image's.")
    env: list[EnvironmentVariableInput] = strawberry.field(
        default_factory=list, description="Environment variables of every instance."
    )
    primary_port: int | None = strawberry.field(
        default=None, description="Port on which its main service listens inside, 1 to 65535."
    )
    stop_command: str | None = strawberry.field(default=None, description="What to type to end it; null: a signal.")
    tenant_id: strawberry.ID | None = strawberry.field(
        default=None, description="Tenant it belongs to; null: it is shared with everybody."
    )

    def to_spec(self) -> ImageSpec:
        tenant_id: UUID | None = parse_id(self.tenant_id, "tenant") if self.tenant_id is not None else None
        return ImageSpec(
            name=self.name,
            ref=self.ref,
            description=self.description,
            author=self.author,
            author_name=self.author_name,
            drivers=tuple(self.drivers),
            process_runnable=self.process_runnable,
            command=tuple(self.command) if self.command else None,
            env=env_of(self.env),
            primary_port=self.primary_port,
            stop_command=self.stop_command,
            tenant_id=tenant_id,
        )


@strawberry.type
class ImageMutations:
    @root(
        ImageType | None,
        "Add an image. Shared ones and ones that run as processes need catalogue:write, a tenant's own images:write.",
    )
    async def create_image(
        self, info: Info, input: Annotated[CreateImageInput, strawberry.argument(description="The image.")]
    ) -> Image:
        return await create_image(info.context.ports, info.context.actor, input.to_spec())
