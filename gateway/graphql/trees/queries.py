"""Read realtime databases."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from domain.access import Actor
from domain.errors import Conflict
from domain.files.access import get_file
from domain.models.file import AccessLevel, File, FileKind
from domain.ports import Ports
from domain.trees.export_tree import export_tree
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.queries import FileId

Collection = Annotated[
    str | None, strawberry.argument(description="Only what lies in it, such as todos; null: everything.")
]


@strawberry.type
class TreeQueries:
    @root(
        JSON | None,
        "What a realtime database holds: documents by their paths, all of one moment. Needs READ on it. CONFLICT: the "
        "file is no realtime database. TOO_LARGE: ask for one collection.",
        cost=50,
    )
    async def tree(self, info: Info, file_id: FileId, collection: Collection = None) -> JSON:
        file = await get_tree(info.context.ports, info.context.actor, file_id, AccessLevel.READ)
        return JSON(await export_tree(file.id, collection))


async def get_tree(ports: Ports, actor: Actor, reference: str, needed: AccessLevel) -> File:
    """NotFound, Forbidden: see get_file. Conflict: it is a file, but no realtime database."""
    file = await get_file(ports, actor, reference, needed)
    if file.kind is not FileKind.TREE:
        raise Conflict("This file is no realtime database.", kind=file.kind.value)
    return file
