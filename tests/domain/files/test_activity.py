"""note_opened, note_changed, mark_file, and what describe_files shows of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.access import Actor, FileScope
from domain.errors import Forbidden, NotFound
from domain.files.activity import note_changed, note_opened
from domain.files.details import describe_file, describe_files
from domain.files.mark_file import mark_file
from domain.models import File, FileActivity, FileTag, Tenant, TenantKind
from domain.models.file import AccessLevel, FilePlace
from domain.ports import Ports
from tests.domain.file_rows import a_file, a_folder, a_grant
from tests.domain.people import told
from tests.fakes import FakeClock


async def test_opening_and_changing_are_noted(ports: Ports, clock: FakeClock, tenant: Tenant, owner: Actor) -> None:
    file, opened = await a_file(tenant), clock.now()
    await note_opened(ports, owner, file)
    clock.advance(60)
    await note_changed(ports, owner, file)
    row = await FileActivity.get(file_id=file.id, user_id=owner.user_id)
    assert (row.accessed_at, row.modified_at) == (opened, clock.now())
    file = await File.get(id=file.id)
    assert (file.accessed_at, file.modified_at) == (opened, clock.now())
    assert await told("FileChanged") == []


async def test_guests_leave_no_row(ports: Ports, tenant: Tenant) -> None:
    file = await a_file(tenant)
    await note_opened(ports, Actor.anonymous("x"), file)
    assert await FileActivity.all().count() == 0
    assert (await File.get(id=file.id)).accessed_at == ports.clock.now()


async def test_many_at_once_make_one_row(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant)
    await asyncio.gather(*(note_opened(ports, owner, file) for _ in range(8)))
    assert await FileActivity.all().count() == 1


async def test_marks_stay_apart(ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor) -> None:
    file = await a_file(tenant)
    await note_opened(ports, owner, file)
    assert not (await mark_file(ports, owner, file.id)).pinned
    assert (await mark_file(ports, owner, file.public_id, pinned=True)).pinned
    marked = await mark_file(ports, owner, file.id, starred=True)
    assert (marked.pinned, marked.starred, marked.accessed_at) == (True, True, ports.clock.now())
    assert not (await mark_file(ports, owner, file.id, pinned=False)).pinned
    with pytest.raises(NotFound):
        await mark_file(ports, viewer, file.id, pinned=True)
    await a_grant(file, viewer, AccessLevel.READ)
    assert not (await mark_file(ports, viewer, file.id)).starred


async def test_only_people_mark(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant)
    scoped = replace(owner, file_scope=FileScope(file.id, AccessLevel.WRITE, grants=False))
    for actor in (Actor.system(), replace(owner, read_only=True), scoped):
        with pytest.raises(Forbidden):
            await mark_file(ports, actor, file.id, pinned=True)
    assert await FileActivity.all().count() == 0


async def test_everything_about_a_file(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    await Tenant.filter(id=tenant.id).update(id_tag="home.example.org", name="Home")
    anna = await Tenant.create(slug="anna", name="Anna", kind=TenantKind.PERSON, id_tag="anna.example.org")
    top = await a_folder(tenant, "top")
    inner = await a_folder(tenant, "inner", parent_id=top.id)
    whole = await a_file(tenant, "whole", creator_tag="gone.example.org")
    file = await a_file(tenant, parent_id=inner.id, root_id=whole.id, creator_tag="anna.example.org")
    for tag in ("b", "a"):
        await FileTag.create(tenant_id=tenant.id, file_id=file.id, tag=tag)
    await mark_file(ports, owner, file.id, pinned=True)
    details, other = await describe_files(ports, owner, [file, whole], with_path=True)
    assert (details.level, details.tags) == (AccessLevel.ADMIN, ["a", "b"])
    assert details.activity is not None
    assert details.activity.pinned
    assert details.creator is not None
    assert (details.creator.tag, details.creator.name, details.creator.tenant) == ("anna.example.org", "Anna", anna)
    assert details.owner is not None
    assert details.owner.tag == "home.example.org"
    assert (details.parent, details.root) == (inner, whole)
    assert [step.name for step in details.path] == ["top", "inner"]
    assert other.creator is not None
    assert (other.creator.tag, other.creator.name, other.path, other.activity) == ("gone.example.org", None, (), None)


async def test_a_path_shows_no_folder_that_cannot_be_read(ports: Ports, tenant: Tenant, viewer: Actor) -> None:
    top = await a_folder(tenant, "top")
    inner = await a_folder(tenant, "inner", parent_id=top.id)
    file = await a_file(tenant, parent_id=inner.id)
    for given in (file, inner):
        await a_grant(given, viewer, AccessLevel.READ)
    details = await describe_file(ports, viewer, file, with_path=True)
    assert [step.name for step in details.path] == ["inner"]


async def test_who_has_no_tag_is_shown_by_name(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    details = await describe_file(ports, owner, await a_file(tenant, by=owner, place=FilePlace.MANAGED))
    assert details.creator is not None
    assert details.creator.tag.startswith("user-")
    assert details.owner is None


async def test_what_stands_for_anothers_file_is_theirs(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant, source="bert.example.org:f1~x")
    details = await describe_file(ports, owner, file)
    assert details.owner is not None
    assert details.owner.tag == "bert.example.org"
