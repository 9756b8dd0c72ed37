"""open_store: stores of apps and companions of files, made by being opened."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.access import Actor, FileScope
from domain.errors import InvalidInput
from domain.files.access import level_on
from domain.files.stores import open_store
from domain.models import File, FileKind, Tenant
from domain.models.file import AccessLevel, FilePlace, Visibility
from domain.ports import Ports
from tests.domain.file_rows import a_file, a_grant
from tests.domain.people import told

DOCUMENT, TREE = FileKind.DOCUMENT, FileKind.TREE
ANONYMOUS = Actor.anonymous("cloudillo")


async def test_a_store_is_made_by_the_first_who_may(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    made = await open_store(ports, operator, tenant.id, "s~notes", TREE)
    assert made is not None
    assert (made.public_id, made.kind, made.name, made.place) == ("s~notes", TREE, "notes", FilePlace.MANAGED)
    assert (made.creator_id, made.tenant_id) == (operator.user_id, tenant.id)
    assert [event["public_id"] for event in await told("FileChanged")] == ["s~notes"]


async def test_a_store_is_found_again_whatever_its_kind(
    ports: Ports, tenant: Tenant, operator: Actor, viewer: Actor
) -> None:
    made = await open_store(ports, operator, tenant.id, "s~notes", DOCUMENT)
    for actor in (operator, viewer, ANONYMOUS):
        assert await open_store(ports, actor, tenant.id, "s~notes", TREE) == made
    assert await File.all().count() == 1


async def test_who_may_not_write_in_the_tenant_makes_no_store(
    ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor, stranger: Actor
) -> None:
    scoped = replace(owner, file_scope=FileScope(tenant.id, AccessLevel.WRITE, grants=False))
    for actor in (viewer, stranger, ANONYMOUS, replace(owner, read_only=True), scoped):
        assert await open_store(ports, actor, tenant.id, "s~notes", TREE) is None
    assert await File.all().count() == 0


async def test_many_at_once_open_one_store(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    opened = await asyncio.gather(*(open_store(ports, operator, tenant.id, "s~notes", DOCUMENT) for _ in range(8)))
    assert len({file.id for file in opened if file}) == 1
    assert len(await told("FileChanged")) == 1


@pytest.mark.parametrize("public_id", ["s~", "s~../x", "s~a b", f"s~{'a' * 64}", "s~\x00"])
async def test_a_malformed_store_id_is_refused(ports: Ports, tenant: Tenant, owner: Actor, public_id: str) -> None:
    with pytest.raises(InvalidInput):
        await open_store(ports, owner, tenant.id, public_id, TREE)


async def test_other_ids_are_none_of_its_business(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant)
    for public_id in (file.public_id, "~meta", "nothing~meta", f"{file.public_id}~meta~meta"):
        assert await open_store(ports, owner, tenant.id, public_id, TREE) is None


async def test_a_companion_has_the_access_of_its_file(
    ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor, stranger: Actor
) -> None:
    file = await a_file(tenant, by=owner)
    await a_grant(file, viewer, AccessLevel.COMMENT)
    made = await open_store(ports, viewer, tenant.id, f"{file.public_id}~meta", TREE)
    assert made is not None
    assert (made.kind, made.root_id, made.place) == (TREE, file.id, FilePlace.MANAGED)
    levels = [await level_on(ports, actor, made) for actor in (owner, viewer, stranger)]
    assert levels == [AccessLevel.ADMIN, AccessLevel.COMMENT, AccessLevel.NONE]


async def test_who_cannot_read_the_file_makes_no_companion(ports: Ports, tenant: Tenant, stranger: Actor) -> None:
    file = await a_file(tenant)
    assert await open_store(ports, stranger, tenant.id, f"{file.public_id}~meta", TREE) is None
    assert await open_store(ports, ANONYMOUS, tenant.id, f"{file.public_id}~meta", TREE) is None
    assert await File.all().count() == 1


async def test_a_companion_is_a_tree_and_nothing_else(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant)
    assert await open_store(ports, owner, tenant.id, f"{file.public_id}~meta", DOCUMENT) is None
    made = await open_store(ports, owner, tenant.id, f"{file.public_id}~meta", TREE)
    assert await open_store(ports, owner, tenant.id, f"{file.public_id}~meta", DOCUMENT) == made


async def test_a_companion_follows_a_file_that_got_its_final_id(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant, public_id="@1", temp_id="@1")
    made = await open_store(ports, owner, tenant.id, "@1~meta", TREE)
    await File.filter(id=file.id).update(public_id="f1~final")
    for public_id in ("f1~final~meta", "@1~meta"):
        assert await open_store(ports, owner, tenant.id, public_id, TREE) == made


async def test_a_guest_opens_the_companion_of_a_public_file(ports: Ports, tenant: Tenant, owner: Actor) -> None:
    file = await a_file(tenant, by=owner, visibility=Visibility.PUBLIC)
    made = await open_store(ports, ANONYMOUS, tenant.id, f"{file.public_id}~meta", TREE)
    assert made is not None
    assert await level_on(ports, ANONYMOUS, made) is AccessLevel.READ
    assert made.creator_id == owner.user_id


async def test_the_companion_of_a_part_has_the_access_of_the_whole(
    ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor
) -> None:
    whole = await a_file(tenant, by=owner)
    part = await a_file(tenant, by=owner, root_id=whole.id)
    await a_grant(whole, viewer, AccessLevel.COMMENT)
    made = await open_store(ports, viewer, tenant.id, f"{part.public_id}~meta", TREE)
    assert made is not None
    assert await level_on(ports, viewer, made) is AccessLevel.COMMENT
    link = replace(ANONYMOUS, file_scope=FileScope(whole.id, AccessLevel.READ, grants=True))
    assert await level_on(ports, link, made) is AccessLevel.READ
