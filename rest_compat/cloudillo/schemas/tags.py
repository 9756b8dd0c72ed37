"""Tags."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

from domain.tags.queries import TagCount


class TagsQuery(Struct, kw_only=True, rename="camel"):
    """prefix: how the tags begin. withCounts: how many files have each."""

    prefix: str | None = None
    with_counts: bool = False
    limit: int | None = None
    limit_: int | None = field(name="_limit", default=None)


class TagOut(Struct, kw_only=True):
    """count: only where it was asked for."""

    tag: str
    count: int | UnsetType = UNSET

    @classmethod
    def of(cls, found: TagCount, *, with_count: bool) -> TagOut:
        return cls(tag=found.tag, count=found.count if with_count else UNSET)


class TagListOut(Struct, kw_only=True):
    """The tags of the tenant's files."""

    tags: list[TagOut]


class FileTagsOut(Struct, kw_only=True):
    """All tags of one file."""

    tags: list[str]
