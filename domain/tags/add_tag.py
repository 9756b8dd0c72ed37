"""Put a tag on a file."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import InvalidInput
from domain.files.access import get_file
from domain.files.changing import locked_file, save_file
from domain.models.file import AccessLevel, FileTag
from domain.ports import Ports
from domain.tags.naming import MOST_TAGS, check_tag
from domain.tags.queries import tags_of
from domain.unit import unit_of_work


async def add_tag(
    ports: Ports, actor: Actor, file_id: UUID | str, tag: str, *, tenant_id: UUID | None = None
) -> list[str]:
    """All tags of the file afterwards, in order; the same one again changes nothing. Needs WRITE.

    InvalidInput: no tag, or the 65th.
    """
    word = check_tag(tag)
    file = await get_file(ports, actor, file_id, AccessLevel.WRITE, tenant_id=tenant_id)
    async with unit_of_work(ports) as unit:
        file = await locked_file(file.id)
        tags = await tags_of(file.id)
        if word in tags:
            return tags
        if len(tags) >= MOST_TAGS:
            raise InvalidInput(f"A file has at most {MOST_TAGS} tags.", field="tag", limit=MOST_TAGS)
        await FileTag.create(tenant_id=file.tenant_id, file_id=file.id, tag=word)
        await save_file(unit, file)
    return sorted([*tags, word])
