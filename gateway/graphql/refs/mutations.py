"""Make and end refs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from domain.access import parse_id
from domain.refs.create_ref import RefSpec, create_ref
from domain.refs.delete_ref import delete_ref
from domain.refs.queries import SeenRef
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.levels import AccessLevelEnum, level_of
from gateway.graphql.refs.queries import RefId
from gateway.graphql.refs.types import RefType


@strawberry.input(description="A link to a file, or an invitation.")
class CreateRefInput:
    kind: str = strawberry.field(default="share.file", description="What it stands for.")
    file_id: strawberry.ID | None = strawberry.field(default=None, description="Of a link: the file.")
    level: AccessLevelEnum | None = strawberry.field(default=None, description="Of a link: how far; null: READ.")
    uses: int | None = strawberry.field(default=1, description="How often it can be used; null: as often as wanted.")
    expires_at: datetime | None = strawberry.field(default=None, description="When it ends; null: never.")
    description: str | None = strawberry.field(default=None, description="A note for its maker.")
    params: str | None = strawberry.field(default=None, description="A text for whoever redeems it.")
    tenant_id: strawberry.ID | None = strawberry.field(default=None, description="Whose it is; null: your own.")

    def to_spec(self) -> RefSpec:
        return RefSpec(
            kind=self.kind,
            description=self.description,
            expires_at=self.expires_at,
            uses=self.uses,
            resource=self.file_id,
            level=None if self.level is None else level_of(self.level),
            params=self.params,
            tenant_id=None if self.tenant_id is None else parse_id(self.tenant_id, "tenant"),
        )


@strawberry.type
class RefMutations:
    @root(RefType | None, "Make a link or an invitation. A link needs WRITE on its file.")
    async def create_ref(
        self, info: Info, input: Annotated[CreateRefInput, strawberry.argument(description="What it stands for.")]
    ) -> RefType:
        ref = await create_ref(info.context.ports, info.context.actor, input.to_spec())
        info.context.is_secret = True
        return RefType.of(SeenRef(ref, ref.ref_id))

    @root(bool | None, "End a ref, and every access that came by it, at once. Rights as for making it.")
    async def delete_ref(self, info: Info, ref_id: RefId) -> bool:
        await delete_ref(info.context.ports, info.context.actor, ref_id)
        return True
