"""The first start: everything one needs, once, whole or not at all, and commands that work when pasted."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path

import pytest

from domain.access import Actor
from domain.accounts.create_user import UserSpec, create_user
from domain.accounts.sign_in import sign_in
from domain.models.image import Image
from domain.models.node import Node, NodeState
from domain.models.tenant import Membership, Tenant, TenantKind, TenantRole
from domain.models.user import ApiKey, PlatformRole, User
from gateway.catalogue import STARTERS, STATIC_SITE
from gateway.faults import StartupError
from gateway.first_start import choose_driver, first_start
from gateway.settings import Settings
from gateway.wiring import House, wire
from tests.engines.process import free_port
from tests.gateway.served import Served, served, settings_for


async def start(house: House) -> str:
    said: list[str] = []
    await first_start(house, said.append)
    return "".join(said)


async def test_an_empty_database_gets_an_owner_a_tenant_a_node_images_and_keys(settings: Settings) -> None:
    async with wire(settings) as house:
        text = await start(house)
        owner = await User.get(username="owner")
        membership = await Membership.get(user_id=owner.id).select_related("tenant")
        assert (owner.platform_role, membership.role, membership.tenant.slug) == (
            PlatformRole.OWNER,
            TenantRole.OWNER,
            "default",
        )
        assert (membership.tenant.kind, membership.tenant.id_tag) == (TenantKind.PERSON, "gatehouse.localhost")
        assert owner.id_tag == "gatehouse.localhost"
        node = await Node.get()
        assert (node.name, node.driver, node.state) == ("local", "memory", NodeState.ONLINE)
        assert {image.name for image in await Image.all()} == {"gatehouse/static-site", "gatehouse/http-echo"}
        assert {key.door for key in await ApiKey.all()} == {"cloudillo", "graphql", "skyport"}
        password = next(line for line in text.splitlines() if line.startswith("Password")).split()[-1]
        assert (await sign_in(house.ports, "owner", password)).user.id == owner.id


async def test_it_happens_once(settings: Settings) -> None:
    async with wire(settings) as house:
        assert await start(house)
        assert await start(house) == ""
    async with wire(settings) as house:
        assert await start(house) == ""
        assert await User.all().count() == 1


async def test_a_database_of_the_time_before_id_tags_gets_one(settings: Settings) -> None:
    async with wire(settings) as house:
        await start(house)
        await Tenant.all().update(id_tag=None, kind=TenantKind.ORGANIZATION)
        await User.all().update(id_tag=None)
        assert await start(house) == ""
        tenant = await Tenant.get()
        assert (tenant.kind, tenant.id_tag) == (TenantKind.PERSON, "gatehouse.localhost")
        assert (await User.get()).id_tag == "gatehouse.localhost"


async def test_an_id_tag_once_given_stays(settings: Settings) -> None:
    async with wire(settings) as house:
        await start(house)
        await Tenant.all().update(id_tag="ada.example.org")
        await start(house)
        assert (await Tenant.get()).id_tag == "ada.example.org"


async def test_of_two_at_once_one_does_it(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    shared = {"database_url": postgres_url, "redis_url": redis_url, "secret_key": "k" * 40}
    async with (
        served(settings_for(tmp_path, **shared)) as one,
        served(settings_for(tmp_path, **shared)) as other,
    ):
        assert [bool(replica.said) for replica in (one, other)] == [True, False]


async def test_many_who_start_at_the_same_moment_make_one_owner(tmp_path: Path, postgres_url: str) -> None:
    shared = settings_for(tmp_path, database_url=postgres_url, secret_key="k" * 40)

    async def go() -> bool:
        async with wire(shared) as house:
            return bool(await start(house))

    assert sorted(await asyncio.gather(*(go() for _ in range(4)))) == [False, False, False, True]
    async with wire(shared):
        assert await User.all().count() == 1
        assert await Tenant.all().count() == 1


@pytest.mark.parametrize("with_user", [True, False])
async def test_a_database_in_use_is_left_as_it_is(settings: Settings, with_user: bool) -> None:
    async with wire(settings) as house:
        if not with_user:
            await Tenant.create(slug="default", name="Restored")
            assert await start(house) == ""
            assert not await User.exists()
            return
        await create_user(house.ports, Actor.system(), UserSpec("ada", "ada@example.org"))
        assert await start(house) == ""
        assert [user.username for user in await User.all()] == ["ada"]
        assert not await Node.exists()


async def test_it_can_be_turned_off(tmp_path: Path) -> None:
    async with wire(settings_for(tmp_path, seed=False)) as house:
        assert await start(house) == ""
        assert not await User.exists()


async def test_half_a_seed_is_never_left_behind(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with wire(settings) as house:
        with monkeypatch.context() as broken:
            broken.setitem(STARTERS, "memory", (STATIC_SITE, STATIC_SITE))
            with pytest.raises(StartupError, match="the first start failed: There is an image of this name"):
                await start(house)
        for model in (User, Tenant, Node, Image, ApiKey):
            assert not await model.exists()
        assert "Password" in await start(house)


async def test_without_an_engine_the_process_driver_is_chosen(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, runtime="auto", docker_address=f"tcp://127.0.0.1:{free_port()}")
    async with wire(settings) as house:
        assert await choose_driver(house.ports, settings) == "process"


@pytest.mark.parametrize("driver", ["docker", "process", "memory"])
async def test_a_driver_that_is_set_is_not_questioned(tmp_path: Path, driver: str) -> None:
    settings = settings_for(tmp_path, runtime=driver, docker_address="unix:///nowhere.sock")
    async with wire(settings) as house:
        assert await choose_driver(house.ports, settings) == driver


async def test_with_an_engine_docker_is_chosen(tmp_path: Path, docker_engine: str) -> None:
    settings = settings_for(tmp_path, runtime="auto", docker_address=docker_engine)
    async with wire(settings) as house:
        assert await choose_driver(house.ports, settings) == "docker"
        text = await start(house)
        assert "local (docker)" in text
        node = await Node.get()
        assert (node.state, node.address) == (NodeState.ONLINE, docker_engine)
        assert "nginx" in {image.name for image in await Image.all()}


async def test_the_printed_commands_work_when_pasted(replica: Served) -> None:
    commands = "".join(replica.said).replace("\\\n", "")
    deploy, listed = (shlex.split(line) for line in commands.splitlines() if line.startswith("  curl"))
    answer = await curl(deploy)
    assert '"state":"INSTALLING"' in answer
    assert '"Name":"hello"' in await curl(listed)


async def curl(command: list[str]) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await asyncio.wait_for(process.communicate(), 20)
    return output.decode()


async def test_a_first_start_that_was_killed_is_not_waited_for(settings: Settings) -> None:
    """Its lease would hold for a minute; the process that held it is gone."""
    async with wire(settings) as house:
        host = house.name.split(":")[0]
        assert await house.ports.leases.acquire("first start", f"{host}:{2**22 + 1}:1:dead00", 60)
    async with asyncio.timeout(20):
        async with served(settings) as replica:
            assert replica.keys
