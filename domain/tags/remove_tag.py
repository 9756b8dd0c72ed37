"""Take a tag off a file."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.files.access import get_file
from domain.files.changing import locked_file, save_file
from domain.models.file import AccessLevel, FileTag
from domain.ports import Ports
from domain.tags.naming import check_tag
from domain.tags.queries import tags_of
from domain.unit import unit_of_work


async def remove_tag(
    ports: Ports, actor: Actor, file_id: UUID | str, tag: str, *, tenant_id: UUID | None = None
) -> list[str]:
    """All tags of the file afterwards, in order; one it does not have changes nothing. Needs WRITE."""
    word = check_tag(tag)
    file = await get_file(ports, actor, file_id, AccessLevel.WRITE, tenant_id=tenant_id)
    async with unit_of_work(ports) as unit:
        file = await locked_file(file.id)
        if await FileTag.filter(file_id=file.id, tag=word).delete():
            await save_file(unit, file)
        return await tags_of(file.id)
