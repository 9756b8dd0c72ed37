"""Read documents and their versions."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.documents.read import read_document
from domain.documents.versions import NEWEST_FIRST, list_versions, open_version
from domain.models.document import DocumentVersion
from gateway.graphql.context import Info
from gateway.graphql.editing.types import Document, DocumentVersionType, OpenedDocumentVersion
from gateway.graphql.fields import root
from gateway.graphql.files.queries import FileId
from gateway.graphql.paging import DEFAULT_FIRST, After, Connection, First, Listing, page_request

VersionId = Annotated[strawberry.ID, strawberry.argument(description="The version's id.")]


@strawberry.type
class DocumentQueries:
    @root(Document | None, "What a document holds. Needs READ on it. CONFLICT: the file is no document.", cost=20)
    async def document(self, info: Info, file_id: FileId) -> Document:
        return Document.of(await read_document(info.context.ports, info.context.actor, file_id))

    @root(Connection[DocumentVersionType] | None, "A document's versions, the newest first. Needs READ on it.")
    async def document_versions(
        self, info: Info, file_id: FileId, first: First = DEFAULT_FIRST, after: After = None
    ) -> Listing[DocumentVersion]:
        request = page_request(info, first, after)
        page = await list_versions(info.context.ports, info.context.actor, file_id, NEWEST_FIRST, request)
        return Listing(page, NEWEST_FIRST, request)

    @root(OpenedDocumentVersion | None, "What a document was then. Needs READ on it.", cost=20)
    async def document_version(self, info: Info, file_id: FileId, version_id: VersionId) -> OpenedDocumentVersion:
        opened = await open_version(info.context.ports, info.context.actor, file_id, version_id)
        return OpenedDocumentVersion.of(opened)
