"""Make, change, throw away and restore files."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.access import parse_id, target_tenant
from domain.errors import InvalidInput
from domain.files.access import get_file
from domain.files.create_file import create_file
from domain.files.duplicate_file import duplicate_file
from domain.files.mark_file import mark_file
from domain.files.restore_file import restore_file
from domain.files.trash_file import trash_file
from domain.files.update_file import update_file
from domain.models.file import File, FileKind
from domain.trash.empty_trash import empty_trash
from domain.trash.purge_file import purge_file
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.inputs import CreateFileInput, UpdateFileInput
from gateway.graphql.files.queries import FileId, OfTenant
from gateway.graphql.files.types import FileType

Mark = Annotated[bool | None, strawberry.argument(description="Set or take away the mark; null: as it is.")]
CopyName = Annotated[str | None, strawberry.argument(description="The copy's name; null: as the file's.")]
Folder = Annotated[strawberry.ID | None, strawberry.argument(description="The folder to put it in.")]


@strawberry.type
class FileMutations:
    @root(FileType | None, "Make a document, a realtime database or a folder. Needs files:write.")
    async def create_file(
        self, info: Info, input: Annotated[CreateFileInput, strawberry.argument(description="What to make.")]
    ) -> File:
        if input.kind is FileKind.BLOB:
            raise InvalidInput("Bytes come by uploadFile.", field="kind")
        return await create_file(info.context.ports, info.context.actor, input.to_spec())

    @root(FileType | None, "Rename, move or hide a file, or change who may read it. Needs WRITE on it.")
    async def update_file(
        self,
        info: Info,
        id: FileId,
        input: Annotated[UpdateFileInput, strawberry.argument(description="What to change.")],
    ) -> File:
        return await update_file(info.context.ports, info.context.actor, id, input.to_changes())

    @root(FileType | None, "Put a file in the trash. Needs WRITE on it.")
    async def trash_file(self, info: Info, id: FileId) -> File:
        return await trash_file(info.context.ports, info.context.actor, id)

    @root(FileType | None, "Take a file out of the trash, to where it lay or to a folder. Needs WRITE on it.")
    async def restore_file(self, info: Info, id: FileId, parent_id: Folder = None) -> File:
        return await restore_file(info.context.ports, info.context.actor, id, parent_id)

    @root(FileType | None, "Make a copy of a document or realtime database, its content included. Needs files:write.")
    async def duplicate_file(
        self,
        info: Info,
        id: FileId,
        new_name: CopyName = None,
        parent_id: Folder = None,
    ) -> File:
        return await duplicate_file(info.context.ports, info.context.actor, id, name=new_name, parent=parent_id)

    @root(FileType | None, "Pin or star a file, for yourself alone.")
    async def mark_file(self, info: Info, id: FileId, pinned: Mark = None, starred: Mark = None) -> File:
        ports, actor = info.context.ports, info.context.actor
        activity = await mark_file(ports, actor, id, pinned=pinned, starred=starred)
        return await get_file(ports, actor, activity.file_id)

    @root(bool | None, "Remove a file that is in the trash, for good, with all it holds. Needs ADMIN on it.")
    async def purge_file(self, info: Info, id: FileId) -> bool:
        await purge_file(info.context.ports, info.context.actor, id)
        return True

    @root(int | None, "Remove everything in the trash for good; how many files went. Needs files:write.", cost=100)
    async def empty_trash(self, info: Info, tenant_id: OfTenant = None) -> int:
        actor = info.context.actor
        tenant = target_tenant(actor, None if tenant_id is None else parse_id(tenant_id, "tenant"))
        return await empty_trash(info.context.ports, actor, tenant)
