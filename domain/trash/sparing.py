"""What came into a folder while that was being thrown away was not thrown away itself."""

from __future__ import annotations

from tortoise.queryset import QuerySet

from domain.files.changing import save_file
from domain.models.file import File, FilePlace
from domain.unit import Unit


async def spare(unit: Unit, held: QuerySet[File]) -> None:
    """Of these children of trashed folders, those that are not in the trash move to the top."""
    for file in await held.exclude(place=FilePlace.TRASH).select_for_update():
        file.parent_id = None
        await save_file(unit, file)
