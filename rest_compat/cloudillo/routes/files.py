"""Files as rows: list, make, show, change, throw away, restore, duplicate, mark."""

from __future__ import annotations

from domain.files.access import get_file
from domain.files.create_file import create_file as make_file
from domain.files.details import describe_file, describe_files
from domain.files.duplicate_file import duplicate_file as copy_file
from domain.files.mark_file import mark_file
from domain.files.queries import list_files as find_files
from domain.files.restore_file import restore_file as take_out_of_trash
from domain.files.trash_file import trash_file
from domain.files.update_file import update_file as change_file
from domain.models.file import File
from domain.trash.purge_file import purge_file
from rest_compat._kit import Call, Endpoint
from rest_compat.cloudillo import answers as say
from rest_compat.cloudillo.schemas.cursors import cursor_of, position_in
from rest_compat.cloudillo.schemas.envelope import CursorPage
from rest_compat.cloudillo.schemas.file_list import FilesQuery
from rest_compat.cloudillo.schemas.files import (
    CreateFileIn,
    DeletedFileOut,
    DeleteQuery,
    DuplicateIn,
    FileIdOut,
    FileOut,
    MarkIn,
    RestoredOut,
    RestoreIn,
    UpdatedFileOut,
    UpdateFileIn,
    UserDataOut,
    folder_named,
)


async def list_files(call: Call[None]) -> CursorPage:
    """GET /api/files: what the caller sees of the tenant's files, page by page."""
    query: FilesQuery = call.query
    wanted = query.listing()
    found = await find_files(
        call.ports,
        call.actor,
        call.tenant.id,
        query.to_filter(call.tenant),
        sort=wanted.sort,
        descending=wanted.descending,
        first=wanted.first,
        after=position_in(query.cursor, wanted.sort),
    )
    described = await describe_files(call.ports, call.actor, found.items, with_path=query.with_path)
    items = [FileOut.of(one, with_parent=query.with_parent, with_path=query.with_path) for one in described]
    return CursorPage(items, cursor_of(wanted.sort, found.next))


async def create_file(call: Call[CreateFileIn]) -> FileIdOut:
    """POST /api/files: a document, a database, a folder, or a place for bytes to come."""
    made = await make_file(call.ports, call.actor, call.body.to_spec(call.tenant))
    return FileIdOut(file_id=made.public_id)


async def get_metadata(call: Call[None]) -> FileOut:
    """GET /api/files/{id}/metadata: one file."""
    file = await get_file(call.ports, call.actor, call.path["id"], tenant_id=call.tenant.id)
    return FileOut.of(await describe_file(call.ports, call.actor, file), with_parent=True)


async def update_file(call: Call[UpdateFileIn]) -> UpdatedFileOut:
    """PATCH /api/files/{id}: its name, its folder, who sees it."""
    changes = call.body.to_changes()
    file = await change_file(call.ports, call.actor, call.path["id"], changes, tenant_id=call.tenant.id)
    return UpdatedFileOut(file_id=file.public_id, file_name=file.name)


async def delete_file(call: Call[None]) -> DeletedFileOut:
    """DELETE /api/files/{id}: into the trash; with permanent=true out of it for good."""
    query: DeleteQuery = call.query
    verb = purge_file if query.permanent else trash_file
    file = await verb(call.ports, call.actor, call.path["id"], tenant_id=call.tenant.id)
    return DeletedFileOut(file_id=file.public_id, permanent=query.permanent)


async def duplicate_file(call: Call[DuplicateIn]) -> FileIdOut:
    """POST /api/files/{id}/duplicate: a document or database again, with what is in it."""
    body = call.body
    parent = folder_named(body.parent_id) if isinstance(body.parent_id, str) else None
    copy = await copy_file(
        call.ports,
        call.actor,
        call.path["id"],
        name=body.file_name or None,
        parent=parent,
        tenant_id=call.tenant.id,
    )
    return FileIdOut(file_id=copy.public_id)


async def restore_file(call: Call[RestoreIn]) -> RestoredOut:
    """POST /api/files/{id}/restore: out of the trash again."""
    parent = folder_named(call.body.parent_id)
    file = await take_out_of_trash(call.ports, call.actor, call.path["id"], parent, tenant_id=call.tenant.id)
    folder = await File.get_or_none(id=file.parent_id) if file.parent_id else None
    return RestoredOut(file_id=file.public_id, **({"parent_id": folder.public_id} if folder else {}))


async def mark(call: Call[MarkIn]) -> UserDataOut:
    """PATCH /api/files/{id}/user: the caller's own marks."""
    body = call.body
    marked = await mark_file(
        call.ports,
        call.actor,
        call.path["id"],
        pinned=body.pinned,
        starred=body.starred,
        tenant_id=call.tenant.id,
    )
    return UserDataOut.of(marked)


TAG = "Files"
ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/files",
        handler=list_files,
        success=say.page(FileOut, "Files in sight"),
        query=FilesQuery,
        guests=True,
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/files",
        handler=create_file,
        success=say.data(FileIdOut, "The new file", status=201),
        body=CreateFileIn,
        tag=TAG,
    ),
    Endpoint(
        method="GET",
        path="/api/files/{id}/metadata",
        handler=get_metadata,
        success=say.data(FileOut, "The file"),
        guests=True,
        forgiving=True,
        tag=TAG,
    ),
    Endpoint(
        method="PATCH",
        path="/api/files/{id}",
        handler=update_file,
        success=say.data(UpdatedFileOut, "The file's name now"),
        body=UpdateFileIn,
        tag=TAG,
    ),
    Endpoint(
        method="DELETE",
        path="/api/files/{id}",
        handler=delete_file,
        success=say.data(DeletedFileOut, "Where it went"),
        query=DeleteQuery,
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/files/{id}/duplicate",
        handler=duplicate_file,
        success=say.data(FileIdOut, "The copy", status=201),
        body=DuplicateIn,
        tag=TAG,
    ),
    Endpoint(
        method="POST",
        path="/api/files/{id}/restore",
        handler=restore_file,
        success=say.data(RestoredOut, "Where it lies now"),
        body=RestoreIn,
        tag=TAG,
    ),
    Endpoint(
        method="PATCH",
        path="/api/files/{id}/user",
        handler=mark,
        success=say.data(UserDataOut, "The caller's marks now"),
        body=MarkIn,
        tag=TAG,
    ),
)
