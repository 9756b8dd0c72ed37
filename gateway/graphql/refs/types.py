"""Refs as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from domain.models.file import File
from domain.refs.queries import RefState, SeenRef
from gateway.graphql.context import Info
from gateway.graphql.fields import related
from gateway.graphql.files.levels import AccessLevelEnum, shown_level
from gateway.graphql.files.types import FileType
from gateway.graphql.rows import described

RefStateEnum = described(
    RefState,
    "RefState",
    "Whether a ref can still be redeemed.",
    {
        "ACTIVE": "It can.",
        "USED": "No use is left.",
        "EXPIRED": "Its time is over.",
        "ALL": "Whatever it is.",
    },
)


async def _file(root: strawberry.Parent[RefType], info: Info) -> File | None:
    return await info.context.loaders.file.load(root.resource_id) if root.resource_id else None


@strawberry.type(name="Ref", description="A short id that stands for a right or an invitation: who has it may use it.")
class RefType:
    id: strawberry.ID = strawberry.field(description="The id itself; a digest of it where it is not yours to use.")
    kind: str = strawberry.field(description="What it stands for, such as share.file.")
    redacted: bool = strawberry.field(description="Whether id is only a digest.")
    description: str | None = strawberry.field(description="What its maker noted.")
    level: AccessLevelEnum | None = strawberry.field(description="Of a link: how far it lets one go.")
    uses_left: int | None = strawberry.field(description="How often it can still be used; null: as often as wanted.")
    params: str | None = strawberry.field(description="A text for whoever redeems it.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null: never.")
    created_at: datetime = strawberry.field(description="When it was made.")
    resource_id: strawberry.Private[UUID | None]
    file: FileType | None = related(_file, "The file it opens, as far as you may see it.")

    @classmethod
    def of(cls, seen: SeenRef) -> RefType:
        """Only what the actor may see of it."""
        ref, full = seen.ref, seen.full
        return cls(
            id=strawberry.ID(seen.shown_id),
            kind=ref.kind,
            redacted=seen.redacted,
            description=ref.description if full else None,
            level=shown_level(ref.level) if full else None,
            uses_left=ref.uses_left if full else None,
            params=ref.params if full else None,
            expires_at=ref.expires_at,
            created_at=ref.created_at,
            resource_id=ref.resource_id if full else None,
        )
