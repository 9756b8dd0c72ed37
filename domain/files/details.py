"""What lists show of a file beside its row. The number of queries does not grow with the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.access import Actor
from domain.files.access import levels_on, may_see_all
from domain.models.file import AccessLevel, File, FileActivity, FileTag
from domain.models.tenant import Tenant
from domain.models.user import User
from domain.ports import Ports

DEEPEST_PATH = 100


@dataclass(frozen=True, slots=True)
class Person:
    """Who made or owns a file. tag: as in creator_tag. tenant: the one that is them, where there is one here."""

    tag: str
    name: str | None = None
    tenant: Tenant | None = None


@dataclass(frozen=True, slots=True)
class FileDetails:
    """level: the actor's. activity: the actor's own. owner: None where the tenant has no id tag. parent: where
    the actor may read it. root: for its public id. path: the folders from the top down to its own, as far as the actor
    may read them."""

    file: File
    level: AccessLevel
    tags: list[str]
    activity: FileActivity | None
    creator: Person | None
    owner: Person | None
    parent: File | None
    root: File | None
    path: tuple[File, ...] = ()


async def describe_file(ports: Ports, actor: Actor, file: File, *, with_path: bool = False) -> FileDetails:
    """One file, known to be the actor's to see."""
    return (await describe_files(ports, actor, [file], with_path=with_path))[0]


async def describe_files(
    ports: Ports, actor: Actor, files: Sequence[File], *, with_path: bool = False
) -> list[FileDetails]:
    """In the same order. They are known to be the actor's to see."""
    ids = [file.id for file in files]
    levels, tags = await levels_on(ports, actor, files), await _tags(ids)
    activities, creators, owners = await _activities(actor, ids), await _creators(files), await _owners(files)
    around = await _around(files, upwards=with_path)
    readable = await _readable(ports, actor, list(around.values()))
    return [
        FileDetails(
            file=file,
            level=levels[file.id],
            tags=tags.get(file.id, []),
            activity=activities.get(file.id),
            creator=creators.get(file.creator_tag or "") or creators.get(str(file.creator_id)),
            owner=_elsewhere(file) or owners.get(file.tenant_id),
            parent=around[file.parent_id] if file.parent_id in readable else None,
            root=around.get(file.root_id) if file.root_id else None,
            path=_path(file, around, readable) if with_path else (),
        )
        for file in files
    ]


async def _tags(ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in await FileTag.filter(file_id__in=ids).order_by("tag"):
        found.setdefault(row.file_id, []).append(row.tag)
    return found


async def _activities(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, FileActivity]:
    if actor.user_id is None:
        return {}
    return {row.file_id: row for row in await FileActivity.filter(user_id=actor.user_id, file_id__in=ids)}


async def _creators(files: Sequence[File]) -> dict[str, Person]:
    """By tag, and by user id for those who have none."""
    tags = {file.creator_tag for file in files if file.creator_tag}
    people = {tag: Person(tag) for tag in tags}
    for tenant in await Tenant.filter(id_tag__in=list(tags)):
        people[str(tenant.id_tag)] = _known(tenant)
    nameless = {file.creator_id for file in files if file.creator_id and not file.creator_tag}
    for user in await User.filter(id__in=list(nameless)) if nameless else []:
        people[str(user.id)] = Person(user.id_tag or user.username, user.username)
    return people


async def _owners(files: Sequence[File]) -> dict[UUID, Person]:
    tenants = await Tenant.filter(id__in=list({file.tenant_id for file in files}), id_tag__isnull=False)
    return {tenant.id: _known(tenant) for tenant in tenants}


def _elsewhere(file: File) -> Person | None:
    """Of what stands for somebody else's file."""
    return Person(file.source.partition(":")[0]) if file.source else None


def _known(tenant: Tenant) -> Person:
    return Person(str(tenant.id_tag), tenant.name, tenant)


async def _around(files: Sequence[File], *, upwards: bool) -> dict[UUID, File]:
    """Parents and roots by row id; with everything above the parents where asked."""
    found: dict[UUID, File] = {}
    wanted = {row_id for file in files for row_id in (file.parent_id, file.root_id) if row_id is not None}
    for _ in range(DEEPEST_PATH):
        if not wanted:
            break
        rows = await File.filter(id__in=list(wanted))
        found.update({row.id: row for row in rows})
        wanted = {row.parent_id for row in rows if row.parent_id is not None} - found.keys() if upwards else set()
    return found


async def _readable(ports: Ports, actor: Actor, files: Sequence[File]) -> set[UUID]:
    """Which of them the actor may read; whoever sees all of a tenant need not ask about each."""
    asked = [file for file in files if actor.file_scope is not None or not may_see_all(actor, file.tenant_id)]
    refused = [row_id for row_id, level in (await levels_on(ports, actor, asked)).items() if level is AccessLevel.NONE]
    return {file.id for file in files} - set(refused)


def _path(file: File, around: dict[UUID, File], readable: set[UUID]) -> tuple[File, ...]:
    path: list[File] = []
    above = file.parent_id
    while above in readable and len(path) < DEEPEST_PATH:
        path.append(around[above])
        above = around[above].parent_id
    return tuple(reversed(path))
