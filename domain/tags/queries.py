"""Read tags."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Subquery
from tortoise.functions import Count

from domain.access import Actor
from domain.errors import InvalidInput
from domain.files.visible import visible_files
from domain.models.file import File, FilePlace, FileTag
from domain.models.sql import column
from domain.ports import Ports
from domain.text import can_be_kept

MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class TagCount:
    """count: how many files that the actor sees have it, the trash left out."""

    tag: str
    count: int


async def list_tags(
    ports: Ports, actor: Actor, tenant_id: UUID, *, prefix: str | None = None, first: int = 100
) -> list[TagCount]:
    """The tags of the files that the actor sees in the tenant, in order. InvalidInput: first not 1 to 1000."""
    if not 1 <= first <= MOST_LISTED:
        raise InvalidInput(f"first must be between 1 and {MOST_LISTED}.", field="first", limit=MOST_LISTED)
    if prefix is not None and not can_be_kept(prefix):
        return []
    seen = File.filter(visible_files(ports, actor, tenant_id)).exclude(place=FilePlace.TRASH)
    rows = FileTag.filter(tenant_id=tenant_id, file_id__in=Subquery(seen.values("id")))
    if prefix:
        rows = rows.filter(tag__startswith=prefix)
    counted = rows.annotate(count=Count("id")).group_by("tag").order_by("tag").limit(first)
    return [TagCount(row["tag"], row["count"]) for row in await counted.values("tag", "count")]


async def tags_of(file_id: UUID) -> list[str]:
    """In order. The file is known to be the actor's to see."""
    return sorted(await column(FileTag.filter(file_id=file_id), "tag"))
