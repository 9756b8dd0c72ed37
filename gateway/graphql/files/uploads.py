"""Upload files: by the GraphQL multipart request."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.file_uploads import Upload

from domain.access import parse_id, target_tenant
from domain.errors import InvalidInput
from domain.files.upload import Uploaded, UploadSpec, upload
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.queries import OfTenant
from gateway.graphql.files.types import FileType, VisibilityEnum
from gateway.graphql.multipart import IncomingFile


@strawberry.input(description="What to make of an uploaded file.")
class UploadFileInput:
    name: str | None = strawberry.field(default=None, description="Its name; null: as it was sent.")
    content_type: str | None = strawberry.field(default=None, description="Its media type; null: as it was sent.")
    preset: str = strawberry.field(default="default", description="Which variants are made of it.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="The folder; null: the top.")
    root_id: strawberry.ID | None = strawberry.field(default=None, description="The file it becomes a part of.")
    tags: list[str] = strawberry.field(default_factory=list, description="Words on it.")
    visibility: VisibilityEnum | None = strawberry.field(default=None, description="Who may read it; null: DIRECT.")

    def to_spec(self, sent: IncomingFile) -> UploadSpec:
        return UploadSpec(
            name=self.name or sent.name,
            content_type=self.content_type or sent.content_type,
            preset=self.preset,
            parent=self.parent_id,
            root=self.root_id,
            visibility=self.visibility,
            tags=tuple(self.tags),
            announced_bytes=sent.size_bytes,
        )


@strawberry.type(description="What an upload became.")
class UploadedFile:
    file: FileType = strawberry.field(description="The file; PENDING while its variants are made: watch it.")
    existed: bool = strawberry.field(description="Whether the tenant had just this content already.")


@strawberry.type
class UploadMutations:
    @root(
        UploadedFile | None,
        "Upload bytes as a file, by a GraphQL multipart request (with the header x-gatehouse-csrf). Needs files:write.",
        cost=100,
    )
    async def upload_file(
        self,
        info: Info,
        file: Annotated[Upload, strawberry.argument(description="The bytes.")],
        input: Annotated[UploadFileInput | None, strawberry.argument(description="What to make of them.")] = None,
        tenant_id: OfTenant = None,
    ) -> Uploaded:
        if not isinstance(file, IncomingFile):
            raise InvalidInput("Send the file by a GraphQL multipart request.", field="file")
        actor = info.context.actor
        tenant = target_tenant(actor, None if tenant_id is None else parse_id(tenant_id, "tenant"))
        spec = (input or UploadFileInput()).to_spec(file)
        return await upload(info.context.ports, actor, spec, file.chunks(), tenant_id=tenant)
