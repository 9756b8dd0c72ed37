"""Forget a document for good."""

from __future__ import annotations

from uuid import UUID

from domain.models.document import Document, DocumentState, DocumentUpdate, DocumentVersion


async def delete_document(file_id: UUID) -> None:
    """Inside the caller's unit: head, log, folded state and versions. Sockets close because of its file's end."""
    for model in (DocumentVersion, DocumentUpdate, DocumentState, Document):
        await model.filter(file_id=file_id).delete()
