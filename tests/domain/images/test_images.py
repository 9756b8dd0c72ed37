"""The catalogue: who may put what into it."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from domain.images.create_image import ImageSpec, create_image
from domain.images.delete_image import delete_image
from domain.images.import_image import import_image
from domain.images.queries import all_images, find_image_by_name, get_image, list_images
from domain.models import AuditEntry, Image, OutboxEvent, TenantRole
from domain.ports import Ports
from tests.domain.rows import member, platform, tenant

pytestmark = pytest.mark.usefixtures("database")

EGG: dict[str, Any] = {
    "Name": "Paper",
    "Image": "example/paper:1",
    "Cmd": None,
    "Env": ["EULA=true", "OPTS=-Xmx1G=yes"],
    "Scripts": {"Install": []},
    "Description": "A server",
    "Author": "author@example.org",
    "AuthorName": "An author",
    "Meta": {"Version": "Skyport Images v2"},
    "StopCommand": "stop",
}


async def test_the_platform_shares_images_with_everybody(ports: Ports) -> None:
    image = await create_image(ports, await platform(), ImageSpec(name=" Site ", ref="site:1", env={"A": "b"}))
    assert (image.name, image.tenant_id, image.env) == ("Site", None, {"A": "b"})
    viewer = await member(await tenant(), TenantRole.VIEWER)
    assert [i.id for i in await all_images(viewer)] == [image.id]
    assert await AuditEntry.filter(action="image.created", subject=str(image.id)).count() == 1
    assert await OutboxEvent.filter(topic=f"image:{image.id}", name="ImageChanged").count() == 1


async def test_a_tenants_image_is_its_own(ports: Ports) -> None:
    mine, theirs = await tenant(), await tenant()
    admin, stranger = await member(mine, TenantRole.ADMIN), await member(theirs)
    image = await create_image(ports, admin, ImageSpec(name="private", ref="p:1", tenant_id=mine.id))
    assert (await get_image(admin, image.id)).id == image.id
    assert await find_image_by_name(stranger, "private") is None
    assert (await list_images(stranger)).items == []
    with pytest.raises(NotFound):
        await get_image(stranger, image.id)
    with pytest.raises(NotFound):
        await delete_image(ports, stranger, image.id)


async def test_only_the_platform_decides_what_runs_outside_a_container(ports: Ports) -> None:
    mine = await tenant()
    owner = await member(mine)
    spec = ImageSpec(
        name="p", ref="p:1", drivers=["process"], process_runnable=True, command=["/bin/sh"], tenant_id=mine.id
    )
    with pytest.raises(Forbidden):
        await create_image(ports, owner, spec)
    with pytest.raises(Forbidden):
        await create_image(ports, owner, ImageSpec(name="shared", ref="s:1"))
    assert await Image.all().count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"ref": "a b"}, "ref"),
        ({"ref": ""}, "ref"),
        ({"drivers": ["vmware"]}, "drivers"),
        ({"drivers": []}, "drivers"),
        ({"process_runnable": True}, "command"),
        ({"primary_port": 0}, "primary_port"),
        ({"primary_port": 70000}, "primary_port"),
    ],
)
async def test_a_bad_value_is_refused_and_nothing_saved(ports: Ports, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await create_image(ports, await platform(), ImageSpec(**{"name": "n", "ref": "r:1", **change}))
    assert refused.value.details["field"] == field
    assert await Image.all().count() == 0


async def test_a_name_is_taken_once(ports: Ports) -> None:
    actor = await platform()
    await create_image(ports, actor, ImageSpec(name="n", ref="r:1"))
    with pytest.raises(Conflict):
        await create_image(ports, actor, ImageSpec(name="n", ref="r:2"))


async def test_an_egg_is_imported_and_replaced_under_its_id(ports: Ports) -> None:
    actor = await platform()
    first = await import_image(ports, actor, EGG)
    assert (first.ref, first.env) == ("example/paper:1", {"EULA": "true", "OPTS": "-Xmx1G=yes"})
    assert (first.stop_command, first.definition) == ("stop", EGG)
    second = await import_image(ports, actor, {**EGG, "Image": "example/paper:2"})
    assert (second.id, second.ref) == (first.id, "example/paper:2")
    assert await Image.all().count() == 1


async def test_our_own_shape_is_imported(ports: Ports) -> None:
    image = await import_image(ports, await platform(), {"name": "n", "ref": "r:1", "drivers": ["docker"], "env": {}})
    assert (image.name, image.ref) == ("n", "r:1")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"name": "n"},
        {"name": "n", "ref": "r", "surprise": 1},
        {"name": 1, "ref": "r"},
        {"name": "n", "ref": "r", "env": []},
        {"name": "n", "ref": "r", "command": "sh"},
        {"name": "n", "ref": "r", "primary_port": "80"},
        {"name": "n", "ref": "r", "process_runnable": "yes"},
        {**EGG, "Env": ["NOVALUE"]},
        {**EGG, "Env": {"A": "b"}},
        {**EGG, "Name": 7},
    ],
)
async def test_a_document_of_another_shape_is_refused(ports: Ports, document: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        await import_image(ports, await platform(), document)
    assert await Image.all().count() == 0


async def test_an_image_is_deleted(ports: Ports) -> None:
    actor = await platform()
    image = await create_image(ports, actor, ImageSpec(name="n", ref="r:1"))
    await delete_image(ports, actor, image.id)
    with pytest.raises(NotFound):
        await get_image(actor, image.id)
