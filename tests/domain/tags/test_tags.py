"""add_tag, remove_tag, list_tags."""

from __future__ import annotations

import asyncio

import pytest

from domain.access import Actor
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.models import FileTag, Tenant
from domain.models.file import AccessLevel, FilePlace, Visibility
from domain.ports import Ports
from domain.tags.add_tag import add_tag
from domain.tags.queries import TagCount, list_tags
from domain.tags.remove_tag import remove_tag
from tests.domain.file_rows import a_file, a_grant
from tests.domain.people import told

ANONYMOUS = Actor.anonymous("cloudillo")


async def test_tags_come_and_go(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file = await a_file(tenant)
    assert await add_tag(ports, operator, file.public_id, "red") == ["red"]
    assert await add_tag(ports, operator, file.id, "blue") == ["blue", "red"]
    assert await add_tag(ports, operator, file.id, "red") == ["blue", "red"]
    assert await remove_tag(ports, operator, file.id, "red") == ["blue"]
    assert await remove_tag(ports, operator, file.id, "red") == ["blue"]
    assert [event["revision"] for event in await told("FileChanged")] == [2, 3, 4]


@pytest.mark.parametrize("tag", ["", "a b", "a,b", "#a", "a\tb", "a\n", "a\x00", "\ud800", "x" * 65])
async def test_what_is_no_tag_is_refused(ports: Ports, tenant: Tenant, operator: Actor, tag: str) -> None:
    file = await a_file(tenant)
    for verb in (add_tag, remove_tag):
        with pytest.raises(InvalidInput):
            await verb(ports, operator, file.id, tag)


async def test_a_file_has_at_most_64(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file = await a_file(tenant)
    await FileTag.bulk_create([FileTag(tenant_id=tenant.id, file_id=file.id, tag=f"t{n}") for n in range(64)])
    assert len(await add_tag(ports, operator, file.id, "t1")) == 64
    with pytest.raises(InvalidInput):
        await add_tag(ports, operator, file.id, "one more")


async def test_the_same_tag_twice_at_once_is_there_once(ports: Ports, tenant: Tenant, operator: Actor) -> None:
    file = await a_file(tenant)
    found = await asyncio.gather(*(add_tag(ports, operator, file.id, "red") for _ in range(5)))
    assert found == [["red"]] * 5
    assert await FileTag.all().count() == 1


async def test_readers_put_on_no_tags(ports: Ports, tenant: Tenant, viewer: Actor, stranger: Actor) -> None:
    file = await a_file(tenant)
    await a_grant(file, viewer, AccessLevel.COMMENT)
    for verb in (add_tag, remove_tag):
        with pytest.raises(Forbidden):
            await verb(ports, viewer, file.id, "red")
        with pytest.raises(NotFound):
            await verb(ports, stranger, file.id, "red")


async def test_tags_of_files_in_sight_are_counted(ports: Ports, tenant: Tenant, owner: Actor, viewer: Actor) -> None:
    open_file = await a_file(tenant, visibility=Visibility.PUBLIC)
    waste = await a_file(tenant, place=FilePlace.TRASH)
    for file, tags in ((open_file, ("red", "rose")), (await a_file(tenant), ("red", "blue")), (waste, ("grey",))):
        await FileTag.bulk_create([FileTag(tenant_id=tenant.id, file_id=file.id, tag=tag) for tag in tags])
    assert await list_tags(ports, owner, tenant.id) == [TagCount("blue", 1), TagCount("red", 2), TagCount("rose", 1)]
    assert await list_tags(ports, owner, tenant.id, prefix="r", first=1) == [TagCount("red", 2)]
    assert await list_tags(ports, owner, tenant.id, prefix="\x00") == []
    for actor in (viewer, ANONYMOUS):
        assert await list_tags(ports, actor, tenant.id) == [TagCount("red", 1), TagCount("rose", 1)]
    for first in (0, 1001):
        with pytest.raises(InvalidInput):
            await list_tags(ports, owner, tenant.id, first=first)
