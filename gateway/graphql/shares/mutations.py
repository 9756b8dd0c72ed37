"""Give files to others, and take them back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from domain.errors import NotFound
from domain.models.file import Share
from domain.shares.share_file import ShareSpec, share_file
from domain.shares.unshare_file import unshare_file
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.levels import AccessLevelEnum, level_of
from gateway.graphql.files.queries import FileId
from gateway.graphql.shares.types import ShareSubjectEnum, ShareType


@strawberry.input(description="Whom to give a file to.")
class ShareFileInput:
    subject_kind: ShareSubjectEnum = strawberry.field(description="A person, holders of a link, or those of a file.")
    subject: str = strawberry.field(description="Who: an id tag, user name or e-mail; a link's id; a file's id.")
    level: AccessLevelEnum = strawberry.field(description="How far they may go; not further than you.")
    expires_at: datetime | None = strawberry.field(default=None, description="When it ends; null: never.")


@strawberry.type
class ShareMutations:
    @root(ShareType | None, "Give a file to somebody; again: change what was given. Needs ADMIN on it.")
    async def share_file(
        self, info: Info, id: FileId, input: Annotated[ShareFileInput, strawberry.argument(description="To whom.")]
    ) -> Share:
        spec = ShareSpec(input.subject_kind, input.subject, level_of(input.level), input.expires_at)
        return await share_file(info.context.ports, info.context.actor, id, spec)

    @root(ShareType | None, "Take a file back; open documents close at once. Needs ADMIN on it.")
    async def unshare_file(
        self, info: Info, id: FileId, share_id: Annotated[strawberry.ID, strawberry.argument(description="The share.")]
    ) -> Share:
        return await unshare_file(info.context.ports, info.context.actor, id, _number(share_id))


def _number(share_id: str) -> int:
    """NotFound: it cannot be a share's id."""
    if not share_id.isascii() or not share_id.isdecimal() or len(share_id) > 18:
        raise NotFound("There is no such share.", id=share_id[:64])
    return int(share_id)
