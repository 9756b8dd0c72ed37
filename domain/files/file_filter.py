"""What to look for among files: the filter as data, and as a condition of a query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.queryset import ValuesQuery

from domain.access import Actor
from domain.files.access import find_file, row_id_of
from domain.models.file import FileActivity, FileKind, FilePlace, FileState, FileTag, FileVariant
from domain.text import can_be_kept

PUBLIC_ID_COLUMN = 80
TEMP_ID_COLUMN = 24
LONGEST = {"preset": 32, "creator_tag": 64, "tag": 64, "variant": 17, "content_types": 128}


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Everything that is set must hold; nothing set: whatever lies in the drive.

    place: where it lies; parent: in this folder, wherever that is; at_top: in no folder (with TRASH: what was thrown
    away by itself); not_at_top: in one. Files are named by row id, public id or temporary id. content_types: exact
    ones, or families as "image/*".
    with_folders: folders come also where kinds, content_types, preset and variant would leave them out; False: never.
    creator_tag: how the creator is known. own: the tenant's own files, and not what stands for files of others;
    source_tag, not_source_tag: of this other. pinned, starred: the actor's own marks. name: a part of it.
    """

    place: FilePlace | None = None
    at_top: bool = False
    not_at_top: bool = False
    parent: UUID | str | None = None
    not_parent: UUID | str | None = None
    root: UUID | str | None = None
    ids: tuple[UUID | str, ...] | None = None
    tag: str | None = None
    preset: str | None = None
    variant: str | None = None
    state: FileState | None = None
    kinds: tuple[FileKind, ...] | None = None
    content_types: tuple[str, ...] | None = None
    with_folders: bool | None = None
    name: str | None = None
    creator_tag: str | None = None
    own: bool | None = None
    source_tag: str | None = None
    not_source_tag: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    pinned: bool | None = None
    starred: bool | None = None
    hidden: bool | None = None


async def condition_of(actor: Actor, tenant_id: UUID, filters: FileFilter) -> Q | None:
    """What the filter asks for. None: nothing can fit (a text that no column holds, a folder that does not exist)."""
    if not _can_fit(filters):
        return None
    where = await _where_it_lies(actor, tenant_id, filters)
    return None if where is None else where & _what_it_is(filters) & _whose_and_when(actor, filters)


async def _where_it_lies(actor: Actor, tenant_id: UUID, filters: FileFilter) -> Q | None:
    rows: dict[str, UUID] = {}
    for name in ("parent", "not_parent", "root"):
        reference = getattr(filters, name)
        if reference is None:
            continue
        found = await find_file(actor, reference, tenant_id)
        if found is not None:
            rows[name] = found.id
        elif name != "not_parent":
            return None
    condition = _place(filters)
    if filters.at_top:
        condition &= Q(parent_id__isnull=True)
    if filters.not_at_top:
        condition &= Q(parent_id__isnull=False)
    if "parent" in rows:
        condition &= Q(parent_id=rows["parent"])
    if "not_parent" in rows:
        condition &= Q(parent_id__isnull=True) | ~Q(parent_id=rows["not_parent"])
    return condition & Q(root_id=rows["root"]) if "root" in rows else condition


def _place(filters: FileFilter) -> Q:
    """In the drive unless said otherwise; a folder, a whole and named files are looked into wherever they lie."""
    if filters.place is not None:
        return Q(place=filters.place)
    if filters.parent is not None or filters.ids is not None:
        return Q()
    return ~Q(place=FilePlace.TRASH) if filters.root is not None else Q(place=FilePlace.DRIVE)


def _what_it_is(filters: FileFilter) -> Q:
    condition = Q()
    if filters.kinds is not None:
        condition &= Q(kind__in=list(filters.kinds))
    if filters.content_types is not None:
        condition &= _content_types(filters.content_types)
    if filters.preset is not None:
        condition &= Q(preset=filters.preset)
    if filters.variant is not None:
        condition &= Q(id__in=Subquery(_with_variant(filters.variant)))
    if filters.with_folders is not None:
        folder = Q(kind=FileKind.FOLDER)
        if not filters.with_folders:
            condition &= ~folder
        elif condition.children or condition.filters:
            condition |= folder
    return condition


def _content_types(wanted: Iterable[str]) -> Q:
    """Exact ones, those with parameters, and whole families. ~Q() would fit everything, so start with nothing."""
    condition = Q(content_type__in=[])
    for content_type in wanted:
        if content_type in ("*", "*/*"):
            return Q()
        if content_type.endswith("/*"):
            condition |= Q(content_type__startswith=content_type.removesuffix("*"))
        else:
            condition |= Q(content_type=content_type) | Q(content_type__startswith=f"{content_type};")
    return condition


def _with_variant(variant: str) -> ValuesQuery[Any]:
    """vis.sd, or sd alone."""
    family, _, quality = variant.rpartition(".")
    rows = FileVariant.filter(quality=quality)
    return (rows.filter(variant_class=family) if family else rows).values("file_id")


def _whose_and_when(actor: Actor, filters: FileFilter) -> Q:
    exact: dict[str, Any] = {
        "state": filters.state,
        "hidden": filters.hidden,
        "creator_tag": filters.creator_tag,
        "source__isnull": filters.own,
        "created_at__gt": filters.created_after,
        "created_at__lt": filters.created_before,
        "name__icontains": filters.name,
    }
    condition = Q(**{column: value for column, value in exact.items() if value is not None})
    if filters.source_tag is not None:
        condition &= Q(source__startswith=f"{filters.source_tag}:")
    if filters.not_source_tag is not None:
        condition &= Q(source__isnull=True) | ~Q(source__startswith=f"{filters.not_source_tag}:")
    if filters.ids is not None:
        condition &= _named(filters.ids)
    if filters.tag is not None:
        condition &= Q(id__in=Subquery(FileTag.filter(tag=filters.tag).values("file_id")))
    for mark in ("pinned", "starred"):
        condition &= _marked(actor, mark, getattr(filters, mark))
    return condition


def _named(references: Iterable[UUID | str]) -> Q:
    named = list(references)
    rows = [row_id for row_id in map(row_id_of, named) if row_id is not None]
    texts = [str(reference) for reference in named if len(str(reference)) <= PUBLIC_ID_COLUMN]
    former = [text for text in texts if text.startswith("@") and len(text) <= TEMP_ID_COLUMN]
    return Q(id__in=rows) | Q(public_id__in=texts) | Q(temp_id__in=former)


def _marked(actor: Actor, mark: str, wanted: bool | None) -> Q:
    if wanted is None:
        return Q()
    marked = Subquery(FileActivity.filter(user_id=actor.user_id, **{mark: True}).values("file_id"))
    if actor.user_id is None:
        return Q(id__in=[]) if wanted else Q()
    return Q(id__in=marked) if wanted else ~Q(id__in=marked)


def _can_fit(filters: FileFilter) -> bool:
    """Whether every text is one that its column could hold."""
    for name in FileFilter.__slots__:
        value = getattr(filters, name)
        texts = [item for item in (value if isinstance(value, tuple) else (value,)) if isinstance(item, str)]
        if not all(can_be_kept(text) and len(text) <= LONGEST.get(name, len(text)) for text in texts):
            return False
    return True
