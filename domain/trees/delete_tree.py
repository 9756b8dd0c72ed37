"""Forget a realtime database for good."""

from __future__ import annotations

from uuid import UUID

from domain.models.tree import Tree


async def delete_tree(file_id: UUID) -> None:
    """Inside the caller's unit; all its rows go with the head. The same happens by itself when the file's row goes."""
    await Tree.filter(file_id=file_id).delete()
