"""Copy what is in a document into a new one."""

from __future__ import annotations

from uuid import UUID

from domain.documents.log import copy_log


async def copy_document(source_id: UUID, target_id: UUID) -> None:
    """Inside the caller's unit. target_id: of a file that has no content yet. Versions stay with the original."""
    await copy_log(source_id, target_id)
