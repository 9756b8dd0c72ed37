"""A share as GraphQL shows it."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.models.file import File, Share, ShareSubject
from gateway.graphql.context import Info
from gateway.graphql.fields import related
from gateway.graphql.files.levels import AccessLevelEnum
from gateway.graphql.files.types import FileType
from gateway.graphql.rows import described, of_rows

ShareSubjectEnum = described(
    ShareSubject,
    "ShareSubject",
    "Whom a file is given to.",
    {
        "USER": "A person.",
        "LINK": "Whoever holds a link.",
        "FILE": "Those who may open another file.",
    },
)


def _id(root: strawberry.Parent[Share]) -> strawberry.ID:
    return strawberry.ID(str(root.id))


def _level(root: strawberry.Parent[Share]) -> AccessLevelEnum:
    return AccessLevelEnum(root.level)


async def _file(root: strawberry.Parent[Share], info: Info) -> File | None:
    return await info.context.loaders.file.load(root.file_id)


@of_rows(
    Share,
    {
        "subject_kind": "Whom it is given to: a person, holders of a link, or those of another file.",
        "subject": "Who: an id tag or user, a link's id, or a file's publicId.",
        "created_by": "Who gave it.",
        "created_at": "When it was given.",
        "expires_at": "When it ends; null: never.",
    },
    name="Share",
    description="A file given to somebody.",
)
class ShareType:
    id: strawberry.ID = related(_id, "The share's id.")
    level: AccessLevelEnum = related(_level, "How far they may go.")
    file: Annotated[FileType, strawberry.lazy("gateway.graphql.files.types")] | None = related(
        _file, "The file, as far as you may see it."
    )
