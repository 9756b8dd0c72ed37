"""Put words on files."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.files.access import get_file
from domain.models.file import File
from domain.tags.add_tag import add_tag
from domain.tags.remove_tag import remove_tag
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.queries import FileId
from gateway.graphql.files.types import FileType

Tag = Annotated[str, strawberry.argument(description="The word.")]


@strawberry.type
class TagMutations:
    @root(FileType | None, "Put a word on a file; one that it has changes nothing. Needs WRITE on it.")
    async def tag_file(self, info: Info, id: FileId, tag: Tag) -> File:
        await add_tag(info.context.ports, info.context.actor, id, tag)
        return await get_file(info.context.ports, info.context.actor, id)

    @root(FileType | None, "Take a word off a file; one that it lacks changes nothing. Needs WRITE on it.")
    async def untag_file(self, info: Info, id: FileId, tag: Tag) -> File:
        await remove_tag(info.context.ports, info.context.actor, id, tag)
        return await get_file(info.context.ports, info.context.actor, id)
