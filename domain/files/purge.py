"""Purge files: gone for good, with all that hangs on them; bytes that nobody else has are freed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tortoise.expressions import Q

from domain.access import Actor
from domain.documents.delete_document import delete_document
from domain.events import file_purged
from domain.files.freeing import free_blobs
from domain.models.file import File, FileKind, FileVariant
from domain.models.sql import column
from domain.unit import Unit

BATCH = 500


async def purge_files(unit: Unit, actor: Actor, files: Sequence[File]) -> int:
    """Delete the rows, their parts (root) and what is in them (parent), however deep; how many files went.

    Inside a unit of the caller's, who has asked about rights. Documents and trees go with their rows.
    """
    doomed = await _with_all_inside([file.id for file in files])
    if not doomed:
        return 0
    ids = [file.id for file in doomed]
    blob_ids: set[str] = set()
    for start in range(0, len(ids), BATCH):
        variants = FileVariant.filter(file_id__in=ids[start : start + BATCH])
        blob_ids.update(await column(variants, "blob_id"))
    for file in doomed:
        unit.emit(file_purged(file))
        if file.kind is FileKind.DOCUMENT:
            await delete_document(file.id)
    await _delete_rows(ids)
    await free_blobs(unit, actor, blob_ids)
    return len(doomed)


async def _with_all_inside(ids: list[UUID]) -> list[File]:
    """Each once, holders before what they hold."""
    found: dict[UUID, File] = {}
    level = await File.filter(id__in=ids).order_by("id").select_for_update()
    while level:
        found.update({file.id: file for file in level})
        holders = [file.id for file in level]
        inside = await File.filter(Q(parent_id__in=holders) | Q(root_id__in=holders)).order_by("id").select_for_update()
        level = [file for file in inside if file.id not in found]
    return list(found.values())


async def _delete_rows(ids: list[UUID]) -> None:
    """Parents and roots hold their rows until nobody names them."""
    for start in range(0, len(ids), BATCH):
        await File.filter(id__in=ids[start : start + BATCH]).update(parent_id=None, root_id=None)
    for start in range(0, len(ids), BATCH):
        await File.filter(id__in=ids[start : start + BATCH]).delete()
