"""trash_file, restore_file, purge_file, empty_trash: out of sight, back again, gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.access import Actor, FileScope
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.files.restore_file import restore_file
from domain.files.trash_file import trash_file
from domain.models import File, Tenant
from domain.models.file import AccessLevel, FilePlace
from domain.ports import Ports
from domain.trash.empty_trash import empty_trash
from domain.trash.purge_file import purge_file
from tests.domain.file_rows import a_file, a_folder, a_grant
from tests.domain.people import audited, told

DRIVE, MANAGED, TRASH = FilePlace.DRIVE, FilePlace.MANAGED, FilePlace.TRASH


async def places() -> dict[str, tuple[FilePlace, str | None]]:
    """Name → where it lies and in what."""
    rows = await File.all().select_related("parent")
    return {row.name: (row.place, row.parent.name if row.parent else None) for row in rows}


async def test_a_file_goes_and_comes_back(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folder = await a_folder(tenant, "folder")
    file = await a_file(tenant, "file", parent_id=folder.id, place=MANAGED)
    trashed = await trash_file(ports, operator, file.public_id)
    assert (trashed.place, trashed.parent_id, trashed.revision) == (TRASH, None, 2)
    restored = await restore_file(ports, operator, file.public_id)
    assert (restored.place, restored.parent_id, restored.revision) == (MANAGED, folder.id, 3)
    assert [event["place"] for event in await told("FileChanged")] == ["trash", "managed"]
    assert [len(await audited(action)) for action in ("file.trashed", "file.restored")] == [1, 1]


async def test_what_is_in_the_trash_is_not_thrown_away_again(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file = await a_file(tenant)
    await trash_file(ports, operator, file.id)
    assert (await trash_file(ports, operator, file.id)).revision == 2


async def test_a_folder_takes_along_what_it_holds(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    top = await a_folder(tenant, "top")
    inner = await a_folder(tenant, "inner", parent_id=top.id)
    await a_file(tenant, "deep", parent_id=inner.id)
    before = await a_file(tenant, "thrown before", parent_id=inner.id)
    await trash_file(ports, operator, before.id)
    await trash_file(ports, operator, top.id)
    assert await places() == {
        "top": (TRASH, None),
        "inner": (TRASH, "top"),
        "deep": (TRASH, "inner"),
        "thrown before": (TRASH, None),
    }
    await restore_file(ports, operator, top.id)
    assert await places() == {
        "top": (DRIVE, None),
        "inner": (DRIVE, "top"),
        "deep": (DRIVE, "inner"),
        "thrown before": (TRASH, None),
    }


async def test_one_thing_comes_back_out_of_a_trashed_folder(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    top = await a_folder(tenant, "top")
    file = await a_file(tenant, "file", parent_id=top.id)
    await trash_file(ports, operator, top.id)
    assert (await restore_file(ports, operator, file.id)).parent_id is None
    assert await places() == {"top": (TRASH, None), "file": (DRIVE, None)}


async def test_one_thing_of_a_trashed_folder_is_thrown_away_by_itself(
    ports: Ports, tenant: Tenant, operator: Actor
) -> None:
    top = await a_folder(tenant, "top")
    file = await a_file(tenant, "file", parent_id=top.id)
    await trash_file(ports, operator, top.id)
    await trash_file(ports, operator, file.id)
    assert await places() == {"top": (TRASH, None), "file": (TRASH, None)}
    await restore_file(ports, operator, top.id)
    assert (await restore_file(ports, operator, file.id)).parent_id == top.id


async def test_it_comes_back_where_it_is_wanted(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folder, file = await a_folder(tenant), await a_file(tenant)
    await trash_file(ports, operator, file.id)
    with pytest.raises(NotFound):
        await restore_file(ports, operator, file.id, "nothing")
    assert (await restore_file(ports, operator, file.id, folder.public_id)).parent_id == folder.id
    with pytest.raises(InvalidInput):
        await restore_file(ports, operator, file.id)


async def test_a_folder_that_is_gone_is_not_missed(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folder = await a_folder(tenant)
    file = await a_file(tenant, parent_id=folder.id)
    await trash_file(ports, operator, file.id)
    await trash_file(ports, operator, folder.id)
    await purge_file(ports, operator, folder.id)
    assert (await restore_file(ports, operator, file.id)).parent_id is None


async def test_writers_by_grace_throw_nothing_away(
    ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor, stranger: Actor
) -> None:
    file = await a_file(tenant, place=TRASH)
    await a_grant(file, viewer, AccessLevel.WRITE)
    scoped = replace(owner, file_scope=FileScope(file.id, AccessLevel.WRITE, grants=False))
    for verb in (trash_file, restore_file, purge_file):
        for actor in (viewer, replace(owner, read_only=True), scoped):
            with pytest.raises(Forbidden):
                await verb(ports, actor, file.id)
        with pytest.raises(NotFound):
            await verb(ports, stranger, file.id)
    await a_grant(file, stranger, AccessLevel.ADMIN)
    assert (await restore_file(ports, stranger, file.id)).place is DRIVE


async def test_the_creator_throws_away_their_own(ports: Ports, tenant: Tenant, viewer: Actor) -> None:
    file = await a_file(tenant, by=viewer)
    assert (await trash_file(ports, viewer, file.id)).place is TRASH


async def test_only_trash_is_purged(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file = await a_file(tenant)
    with pytest.raises(InvalidInput):
        await purge_file(ports, operator, file.id)
    await trash_file(ports, operator, file.id)
    assert (await purge_file(ports, operator, file.id)).id == file.id
    assert await File.all().count() == 0
    assert [event["id"] for event in await told("FilePurged")] == [str(file.id)]
    assert len(await audited("file.purged")) == 1


async def test_a_purged_folder_takes_along_its_trash_only(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    top = await a_folder(tenant, "top")
    await a_file(tenant, "in it", parent_id=top.id)
    await trash_file(ports, operator, top.id)
    await a_file(tenant, "came late", parent_id=top.id)
    await purge_file(ports, operator, top.id)
    assert await places() == {"came late": (DRIVE, None)}


async def test_the_trash_is_emptied(ports: Ports, tenant: Tenant, operator: Actor, stranger: Actor) -> None:
    top = await a_folder(tenant, "top")
    for parent in (top, await a_folder(tenant, "inner", parent_id=top.id)):
        await a_file(tenant, f"in {parent.name}", parent_id=parent.id)
    await trash_file(ports, operator, top.id)
    await a_file(tenant, "came late", parent_id=top.id)
    await a_file(tenant, "kept")
    assert stranger.tenant_id is not None
    theirs = await a_file(await Tenant.get(id=stranger.tenant_id), "theirs", place=TRASH)
    assert await empty_trash(ports, operator) == 4
    assert set(await places()) == {"came late", "kept", theirs.name}
    assert await empty_trash(ports, operator, tenant.id) == 0


async def test_who_may_not_write_empties_nothing(ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor) -> None:
    scoped = replace(owner, file_scope=FileScope(tenant.id, AccessLevel.WRITE, grants=False))
    for actor in (viewer, replace(owner, read_only=True), scoped):
        with pytest.raises(Forbidden):
            await empty_trash(ports, actor, tenant.id)


async def test_throwing_away_and_emptying_at_once_lose_nothing(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    folders = [await a_folder(tenant, f"folder {n}") for n in range(4)]
    for folder in folders:
        for n in range(5):
            await a_file(tenant, f"{n} in {folder.name}", parent_id=folder.id)
    going = [trash_file(ports, operator, folder.id) for folder in folders]
    await asyncio.gather(*going, *(empty_trash(ports, operator) for _ in range(4)))
    assert await empty_trash(ports, operator) + len(await told("FilePurged")) >= 24
    assert await File.all().count() == 0
    assert len(await told("FilePurged")) == 24


async def test_a_file_restored_just_now_is_not_purged(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file = await a_file(tenant, place=TRASH)
    outcomes = await asyncio.gather(
        restore_file(ports, operator, file.id), purge_file(ports, operator, file.id), return_exceptions=True
    )
    failed = [type(outcome).__name__ for outcome in outcomes if isinstance(outcome, Exception)]
    there = await File.exists(id=file.id)
    assert failed == (["InvalidInput"] if there else ["NotFound"])
