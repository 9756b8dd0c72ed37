"""Verbs at the same moment, each on a connection of its own: nobody waits for ever, nobody meets a database error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from domain.errors import Conflict, DomainError, InvalidInput, NotFound
from domain.images.delete_image import delete_image
from domain.instances.deploy import deploy
from domain.instances.destroy import destroy
from domain.instances.redeploy import redeploy
from domain.instances.rename import rename
from domain.instances.restart import restart
from domain.instances.spec import PortSpec
from domain.instances.stop import stop
from domain.models import Image, Instance, InstancePort, InstanceState, Node, Tenant, User
from domain.nodes.remove_node import remove_node
from tests.domain.instances.conftest import Place
from tests.domain.rows import image, member, node, tenant

ROUNDS = 10


async def outcomes(*verbs: Awaitable[Any]) -> list[BaseException | None]:
    found = await asyncio.wait_for(asyncio.gather(*verbs, return_exceptions=True), 20)
    return [one if isinstance(one, BaseException) else None for one in found]


async def test_renaming_and_stopping_never_wait_for_each_other(place: Place) -> None:
    """One held the tenant and wanted the instance, the other held the instance and referred to the tenant."""
    instance = await place.deployed()
    for number in range(ROUNDS):
        verbs = [rename(place.ports, place.owner, instance.id, f"n{number}-{n}") for n in range(3)]
        assert await outcomes(*verbs, restart(place.ports, place.owner, instance.id)) == [None] * 4
        await place.work()


async def test_tenants_that_deploy_at_once_get_different_ports(place: Place) -> None:
    people = [place.owner, *[await member(await tenant()) for _ in range(5)]]
    made = [deploy(place.ports, who, place.spec(ports=(PortSpec(80), PortSpec(81)))) for who in people]
    assert await outcomes(*made) == [None] * len(people)
    assert len({row.host_port for row in await InstancePort.all()}) == 2 * len(people)


async def test_deploys_at_once_do_not_share_the_same_room(place: Place) -> None:
    people = [await member(await tenant()) for _ in range(4)]
    size = place.node.memory_bytes // 2
    made = await outcomes(*(deploy(place.ports, who, place.spec(memory_bytes=size, ports=())) for who in people))
    assert sorted(type(one).__name__ for one in made) == ["Conflict", "Conflict", "NoneType", "NoneType"]


async def test_an_image_deleted_during_a_deploy(place: Place) -> None:
    for number in range(ROUNDS):
        gone = await image()
        spec = place.spec(name=f"n{number}", image_id=gone.id, ports=())
        ends = await outcomes(
            deploy(place.ports, place.owner, spec), delete_image(place.ports, place.platform, gone.id)
        )
        assert ends[1] is None
        assert ends[0] is None or isinstance(ends[0], Conflict | InvalidInput)
        assert not await Image.exists(id=gone.id)


async def test_an_image_deleted_during_a_redeploy(place: Place) -> None:
    instance = await place.deployed()
    for _ in range(ROUNDS):
        gone = await image()
        ends = await outcomes(
            redeploy(place.ports, place.owner, instance.id, image_id=gone.id),
            delete_image(place.ports, place.platform, gone.id),
        )
        assert ends[1] is None
        assert ends[0] is None or isinstance(ends[0], Conflict | InvalidInput)
        await place.work()
        assert (await place.look(instance)).state is InstanceState.RUNNING


async def test_a_node_removed_during_a_deploy(place: Place) -> None:
    for number in range(ROUNDS):
        host = await node()
        spec = place.spec(name=f"n{number}", node_id=host.id, ports=(PortSpec(80),))
        ends = await outcomes(deploy(place.ports, place.owner, spec), remove_node(place.ports, place.platform, host.id))
        assert all(one is None or isinstance(one, DomainError) for one in ends)
        assert await Node.exists(id=host.id) == (ends[0] is None)


async def test_deleting_an_image_twice_at_once_is_told_once(place: Place) -> None:
    gone = await image()
    ends = await outcomes(*(delete_image(place.ports, place.platform, gone.id) for _ in range(3)))
    assert sorted(type(one).__name__ for one in ends) == ["NoneType", "NotFound", "NotFound"]


async def test_verbs_on_what_is_deleted_meanwhile(place: Place) -> None:
    for number in range(3):
        instance = await place.deployed(name=f"n{number}")
        ends = await outcomes(
            destroy(place.ports, place.owner, instance.id),
            stop(place.ports, place.owner, instance.id),
            place.work(),
            rename(place.ports, place.owner, instance.id, "other"),
            destroy(place.ports, place.owner, instance.id),
        )
        assert all(one is None or isinstance(one, Conflict | NotFound) for one in ends)
        await place.work()
        gone = await place.look(instance)
        assert (gone.state, gone.slug) == (InstanceState.DELETED, None)


@pytest.mark.parametrize("model", [Tenant, User])
async def test_nobody_vanishes_while_something_of_theirs_may_run(place: Place, model: type[Tenant | User]) -> None:
    instance = await place.deployed()
    whose = instance.tenant_id if model is Tenant else instance.owner_id
    with pytest.raises(IntegrityError):
        await model.filter(id=whose).delete()
    assert await Instance.exists(id=instance.id)
