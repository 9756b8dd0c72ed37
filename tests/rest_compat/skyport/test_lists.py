"""Lists: how many queries they cost, and what they leave out."""

from __future__ import annotations

import logging
from typing import Any

import httpx2
import pytest

from domain.models import Image, Instance, InstanceState, Membership, Node, User
from rest_compat.skyport.schemas.instances import INTERNAL_STATE
from tests.rest_compat.skyport.world import World


async def add(world: World, count: int) -> None:
    """Instances, each with a node, an owner and an image of its own."""
    tenant = await Membership.filter(user_id=world.alice.id).first()
    assert tenant is not None
    for index in range(count):
        name = f"n{index}"
        owner = await User.create(username=name, username_key=name, email=name, email_key=name)
        node = await Node.create(name=name, driver="memory")
        image = await Image.create(name=name, ref=name)
        await Instance.create(
            tenant_id=tenant.tenant_id,
            owner=owner,
            node=node,
            image=image,
            image_ref=name,
            name=name,
            state=InstanceState.RUNNING,
            memory_bytes=2**26,
            cpu_millis=1000,
        )


async def queries_of(panel: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture, path: str) -> tuple[int, Any]:
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger="tortoise.db_client"):
        reply = (await panel.get(path)).json()
    return sum(record.name == "tortoise.db_client" for record in caplog.records), reply


@pytest.mark.parametrize("path", ["/api/instances", "/api/users", "/api/nodes", "/api/images"])
async def test_a_longer_list_costs_no_more_queries(
    panel: httpx2.AsyncClient, world: World, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    await panel.get(path)
    few, short = await queries_of(panel, caplog, path)
    await add(world, 20)
    many, long = await queries_of(panel, caplog, path)
    assert len(long) == len(short) + 20
    assert 1 <= few == many <= 6


async def test_users_beyond_one_page_are_listed(panel: httpx2.AsyncClient, world: World) -> None:
    for index in range(201):
        name = f"u{index}"
        await User.create(username=name, username_key=name, email=name, email_key=name)
    listed = (await panel.get("/api/users")).json()
    assert len(listed) == len({user["userId"] for user in listed}) == 203


@pytest.mark.parametrize("state", list(InstanceState))
async def test_every_state_is_shown_or_gone(panel: httpx2.AsyncClient, world: World, state: InstanceState) -> None:
    await Instance.filter(id=world.instance.id).update(state=state)
    listed = (await panel.get("/api/instances")).json()
    one = await panel.post("/api/getInstance", json={"id": "0a1b2c3d"})
    if state in (InstanceState.DELETING, InstanceState.DELETED):
        assert (listed, one.json()) == ([], {"error": "Instance not found"})
    else:
        assert listed == [one.json()]
        assert (one.json()["State"], one.json()["InternalState"]) == (state.value, INTERNAL_STATE[state])


async def test_what_another_door_made_is_shown_in_skyports_form(panel: httpx2.AsyncClient, world: World) -> None:
    await Instance.filter(id=world.instance.id).update(
        annotations={}, disk_bytes=None, runtime_id=None, cpu_millis=2000
    )
    reply = (await panel.post("/api/getInstance", json={"id": "0a1b2c3d"})).json()
    assert (reply["Ports"], reply["Primary"], reply["Disk"], reply["Cpu"]) == ("25565:25565", 25565, 0, 2)
    assert "ContainerId" not in reply


async def test_a_suspension_says_why(panel: httpx2.AsyncClient, world: World) -> None:
    await Instance.filter(id=world.instance.id).update(suspended=True, suspended_reason="abuse")
    reply = (await panel.post("/api/getInstance", json={"id": "0a1b2c3d"})).json()
    assert (reply["suspended"], reply["suspended-flagg"]) == (True, "abuse")
    await Instance.filter(id=world.instance.id).update(suspended=False)
    assert "suspended-flagg" not in (await panel.get("/api/instances")).text


async def test_an_image_of_our_own_shape_is_an_egg(panel: httpx2.AsyncClient, world: World) -> None:
    await Image.create(name="site", ref="site:1", env={"A": "1"}, command=["serve"])
    egg = (await panel.get("/api/images")).json()[1]
    assert (egg["Name"], egg["Image"], egg["Env"], egg["Cmd"]) == ("site", "site:1", ["A=1"], ["serve"])
    assert set(egg) >= {"Scripts", "Description", "Author", "AuthorName", "Meta", "Id"}
