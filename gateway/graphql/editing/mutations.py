"""Edit documents from outside an editor, and keep and restore versions of them."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from domain.documents.edit import Edit, MapDelete, MapSet, TextDelete, TextInsert, edit_document
from domain.documents.restore import restore_version
from domain.documents.versions import create_version, delete_version
from domain.models.document import DocumentVersion
from gateway.graphql.context import Info
from gateway.graphql.editing.queries import VersionId
from gateway.graphql.editing.types import DocumentEdit, DocumentVersionType
from gateway.graphql.fields import root
from gateway.graphql.files.queries import FileId


@strawberry.input(description="One change of a text. Positions are UTF-16 code units, as browsers count.")
class TextEditInput:
    index: int | None = strawberry.field(default=None, description="Where; null: at the end.")
    delete: int = strawberry.field(default=0, description="How many code units to take out there, before inserting.")
    insert: str = strawberry.field(default="", description="What to put there.")


@strawberry.input(description="One change of a map: a value, or null and remove.")
class MapEditInput:
    key: str = strawberry.field(description="Its key.")
    value: JSON | None = strawberry.field(default=None, description="Its new value, any JSON.")
    remove: bool = strawberry.field(default=False, description="Take the key out instead.")


Name = Annotated[str, strawberry.argument(description="The text's or map's name in the document.")]
TextEdits = Annotated[
    list[TextEditInput], strawberry.argument(description="What to change, in this order, at most 500.")
]
MapEdits = Annotated[
    list[MapEditInput], strawberry.argument(description="What to change, in this order, at most 1000.")
]
VersionName = Annotated[str, strawberry.argument(description="1 to 100 characters.")]


@strawberry.type
class DocumentMutations:
    @root(DocumentEdit | None, "Edit a text of a document, as one change; every editor sees it at once.", cost=20)
    async def edit_document_text(self, info: Info, file_id: FileId, name: Name, edits: TextEdits) -> DocumentEdit:
        return await _edited(info, file_id, [step for edit in edits for step in _text_steps(name, edit)])

    @root(DocumentEdit | None, "Edit a map of a document, as one change; every editor sees it at once.", cost=20)
    async def edit_document_map(self, info: Info, file_id: FileId, name: Name, edits: MapEdits) -> DocumentEdit:
        return await _edited(info, file_id, [_map_step(name, edit) for edit in edits])

    @root(DocumentVersionType | None, "Give what a document is now a name. Needs WRITE on it.", cost=20)
    async def create_document_version(self, info: Info, file_id: FileId, name: VersionName) -> DocumentVersion:
        return await create_version(info.context.ports, info.context.actor, file_id, name)

    @root(DocumentVersionType | None, "Forget a version; the document stays as it is. Needs WRITE on it.")
    async def delete_document_version(self, info: Info, file_id: FileId, version_id: VersionId) -> DocumentVersion:
        return await delete_version(info.context.ports, info.context.actor, file_id, version_id)

    @root(
        DocumentEdit | None,
        "Make a document what it was, as a change that every editor sees; what it is now is kept as a version. Needs "
        "WRITE on it.",
        cost=50,
    )
    async def restore_document_version(self, info: Info, file_id: FileId, version_id: VersionId) -> DocumentEdit:
        done = await restore_version(info.context.ports, info.context.actor, file_id, version_id)
        return DocumentEdit.of(done.file, done.seq)


async def _edited(info: Info, file_id: str, steps: list[Edit]) -> DocumentEdit:
    done = await edit_document(info.context.ports, info.context.actor, file_id, steps)
    return DocumentEdit.of(done.file, done.seq)


def _text_steps(name: str, edit: TextEditInput) -> list[Edit]:
    steps: list[Edit] = []
    if edit.delete or (edit.index is not None and not edit.insert):
        steps.append(TextDelete(name, edit.index or 0, edit.delete))
    if edit.insert:
        steps.append(TextInsert(name, edit.insert, edit.index))
    return steps


def _map_step(name: str, edit: MapEditInput) -> Edit:
    return MapDelete(name, edit.key) if edit.remove else MapSet(name, edit.key, edit.value)
