"""update_file: names, folders, who sees it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.access import Actor
from domain.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from domain.files.update_file import FileChanges, FolderCycle, update_file
from domain.models import AuditEntry, File, FileKind, Tenant
from domain.models.file import AccessLevel, FilePlace, FileState, Visibility
from domain.ports import Ports
from tests.domain.file_rows import a_file, a_folder, a_grant
from tests.domain.people import told


async def test_only_what_is_named_changes(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folder = await a_folder(tenant)
    file = await a_file(tenant, parent_id=folder.id, visibility=Visibility.PUBLIC)
    changed = await update_file(ports, operator, file.public_id, FileChanges(name=" new ", hidden=True))
    assert (changed.name, changed.hidden, changed.revision) == ("new", True, 2)
    assert (changed.parent_id, changed.visibility) == (folder.id, Visibility.PUBLIC)
    assert [(event["name"], event["revision"]) for event in await told("FileChanged")] == [("new", 2)]
    assert await told("FileAccessChanged") == []


async def test_it_moves_into_a_folder_and_to_the_top(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folder, file = await a_folder(tenant), await a_file(tenant)
    assert (await update_file(ports, operator, file.id, FileChanges(parent=folder.public_id))).parent_id == folder.id
    assert (await update_file(ports, operator, file.id, FileChanges(parent=None))).parent_id is None


async def test_who_sees_it_is_told_with_its_parts(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file = await a_file(tenant)
    part = await a_file(tenant, root_id=file.id)
    await a_file(tenant, root_id=file.id, kind=FileKind.BLOB)
    deep = await a_file(tenant, root_id=part.id, kind=FileKind.TREE)
    await update_file(ports, operator, file.id, FileChanges(visibility=Visibility.PUBLIC, state=FileState.PENDING))
    assert [event["id"] for event in await told("FileAccessChanged")] == [str(one.id) for one in (file, part, deep)]
    await update_file(ports, operator, file.id, FileChanges(visibility=None))
    assert (await File.get(id=file.id)).visibility is Visibility.DIRECT
    lines = await AuditEntry.filter(action="file.visibility_changed", subject=str(file.id)).order_by("id")
    assert [line.details["to"] for line in lines] == ["public", "direct"]


async def test_a_folder_does_not_move_into_itself(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    top = await a_folder(tenant)
    middle = await a_folder(tenant, parent_id=top.id)
    bottom = await a_folder(tenant, parent_id=middle.id)
    for target in (top, middle, bottom):
        with pytest.raises(FolderCycle):
            await update_file(ports, operator, top.id, FileChanges(parent=target.id))
    assert (await update_file(ports, operator, bottom.id, FileChanges(parent=top.id))).parent_id == top.id


async def test_two_moves_at_once_make_no_circle(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    one, two = await a_folder(tenant), await a_folder(tenant)
    moves = [
        update_file(ports, operator, one.id, FileChanges(parent=two.id)),
        update_file(ports, operator, two.id, FileChanges(parent=one.id)),
    ]
    results = await asyncio.gather(*moves, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["File", "FolderCycle"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"name": ""}, InvalidInput), ({"parent": "nothing"}, NotFound), ({"name": "a\x00"}, InvalidInput)],
)
async def test_what_is_wrong_changes_nothing(
    ports: Ports, tenant: Tenant, operator: Actor, changes: dict[str, Any], error: type[DomainError]
) -> None:
    file = await a_file(tenant)
    with pytest.raises(error):
        await update_file(ports, operator, file.id, FileChanges(**{"hidden": True, **changes}))
    assert (await File.get(id=file.id)).revision == 1


async def test_what_is_in_the_trash_does_not_move(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file, folder = await a_file(tenant, place=FilePlace.TRASH), await a_folder(tenant, place=FilePlace.TRASH)
    for moved, target in ((file, None), (await a_file(tenant), folder.id)):
        with pytest.raises(Conflict):
            await update_file(ports, operator, moved.id, FileChanges(parent=target))


async def test_whoever_may_write_may_rename_and_readers_may_not(
    ports: Ports, tenant: Tenant, viewer: Actor, stranger: Actor
) -> None:
    file = await a_file(tenant)
    await a_grant(file, viewer, AccessLevel.WRITE)
    assert (await update_file(ports, viewer, file.id, FileChanges(name="theirs"))).name == "theirs"
    with pytest.raises(NotFound):
        await update_file(ports, stranger, file.id, FileChanges(name="x"))
    await a_grant(file, stranger, AccessLevel.COMMENT)
    with pytest.raises(Forbidden):
        await update_file(ports, stranger, file.id, FileChanges(name="x"))
