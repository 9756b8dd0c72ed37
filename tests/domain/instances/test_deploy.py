"""Deploying: recorded at once, built by a job, and whatever goes wrong is said and cleaned up."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from domain.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, Unavailable, Unsupported
from domain.instances.deploy import deploy
from domain.instances.queries import ports_of
from domain.instances.spec import PortSpec
from domain.jobs.cancel import cancel_operation
from domain.limits import MIB
from domain.models import Instance, InstancePort, InstanceState, Operation, OperationState, OutboxEvent
from tests.domain.instances.conftest import Place
from tests.domain.rows import image, node, person


async def test_an_instance_is_promised_then_runs(place: Place) -> None:
    promised = await deploy(place.ports, place.owner, place.spec())
    assert promised.instance.state is InstanceState.INSTALLING
    assert promised.operation.state is OperationState.QUEUED
    assert await place.runtime.inspect(promised.instance.id) is None
    await place.work()
    instance = await place.look(promised.instance)
    assert (instance.state, instance.state_reason) == (InstanceState.RUNNING, None)
    assert instance.started_at is not None
    assert instance.runtime_id
    assert (await Operation.get(id=promised.operation.id)).state is OperationState.SUCCEEDED
    told = [e.payload["state"] for e in await OutboxEvent.filter(name="InstanceChanged").order_by("seq")]
    assert told == ["installing", "running"]


async def test_the_runtime_gets_what_was_asked_for(place: Place) -> None:
    instance = await place.deployed(env={"NAME": "x"}, ports=(PortSpec(80, 8080), PortSpec(53, 5353, "udp")))
    spec = place.runtime.spec_of(instance.id)
    assert (spec.memory_bytes, spec.cpu_millis, spec.image) == (64 * MIB, 500, "site:1")
    assert spec.env == {"GREETING": "hello", "NAME": "x"}
    assert [(p.container_port, p.host_port, p.protocol) for p in spec.ports] == [(80, 8080, "tcp"), (53, 5353, "udp")]
    assert spec.primary_port == 8080


async def test_events_never_carry_variables(place: Place) -> None:
    await place.deployed(env={"SECRET": "hush"})
    assert all("hush" not in str(e.payload) for e in await OutboxEvent.all())


async def test_a_free_host_port_is_chosen(place: Place) -> None:
    first = await place.deployed(ports=(PortSpec(80),))
    second = await place.deployed(ports=(PortSpec(80), PortSpec(81)))
    rows = await ports_of([first, second])
    chosen = [row.host_port for row in rows[first.id] + rows[second.id]]
    assert len(set(chosen)) == 3
    assert second.primary_port == rows[second.id][0].host_port


@pytest.mark.parametrize(("wanted", "primary"), [(None, 8080), (8081, 8081), (90, 8081), (12345, 8080)])
async def test_the_primary_port_is_found_by_host_or_container_port(
    place: Place, wanted: int | None, primary: int
) -> None:
    promised = await deploy(
        place.ports, place.owner, place.spec(ports=(PortSpec(80, 8080), PortSpec(90, 8081)), primary_port=wanted)
    )
    assert promised.instance.primary_port == primary


async def test_low_host_ports_are_the_platforms(place: Place) -> None:
    with pytest.raises(InvalidInput, match="1024"):
        await deploy(place.ports, place.owner, place.spec(ports=(PortSpec(80, 443),)))
    ours = place.spec(ports=(PortSpec(80, 443),), tenant_id=place.tenant.id)
    assert (await deploy(place.ports, place.platform, ours)).instance.primary_port == 443


async def test_equal_names_get_different_slugs(place: Place) -> None:
    made = await asyncio.gather(
        *(deploy(place.ports, place.owner, place.spec(name="Größe 1!", ports=())) for _ in range(4))
    )
    assert {p.instance.name for p in made} == {"Größe 1!"}
    assert sorted(p.instance.slug or "" for p in made) == ["groe-1", "groe-1-2", "groe-1-3", "groe-1-4"]


async def test_a_taken_host_port_is_refused(place: Place) -> None:
    await place.deployed()
    with pytest.raises(Conflict, match="8080"):
        await deploy(place.ports, place.owner, place.spec(name="other"))
    assert await Instance.all().count() == 1
    assert await Operation.all().count() == 1


async def test_the_same_port_for_tcp_and_udp_is_fine(place: Place) -> None:
    await place.deployed(ports=(PortSpec(80, 8080, "tcp"), PortSpec(80, 8080, "udp")))
    assert await InstancePort.all().count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"memory_bytes": MIB}, "memory_bytes"),
        ({"memory_bytes": 2**60}, "memory_bytes"),
        ({"cpu_millis": 0}, "cpu_millis"),
        ({"ports": (PortSpec(0, 1),)}, "ports"),
        ({"ports": (PortSpec(80, 65536),)}, "ports"),
        ({"ports": (PortSpec(80, 80, "sctp"),)}, "ports"),
        ({"ports": (PortSpec(80, 80), PortSpec(81, 80))}, "ports"),
        ({"ports": tuple(PortSpec(n) for n in range(1, 66))}, "ports"),
        ({"env": {"1A": "x"}}, "env"),
        ({"env": {"A B": "x"}}, "env"),
        ({"env": {"A": "\0"}}, "env"),
        ({"env": {"A": "x" * 70_000}}, "env"),
        ({"image_id": uuid4()}, "image_id"),
        ({"image_id": None}, "image"),
        ({"image_id": None, "image_name": "no such"}, "image"),
        ({"owner_id": "nobody"}, "owner_id"),
        ({"owner_id": uuid4()}, "owner_id"),
        ({"node_id": uuid4()}, "node_id"),
        ({"node_id": "x"}, None),
    ],
)
async def test_a_bad_value_is_refused_and_nothing_saved(
    place: Place, change: dict[str, Any], field: str | None
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await deploy(place.ports, place.owner, place.spec(**change))
    assert field is None or refused.value.details["field"] == field
    assert await Instance.all().count() + await Operation.all().count() + await OutboxEvent.all().count() == 0


async def test_a_bare_reference_needs_the_right_to_any_image(place: Place) -> None:
    spec = place.spec(image_id=None, image_ref="example/any:1")
    with pytest.raises(Forbidden):
        await deploy(place.ports, place.owner, spec)
    promised = await deploy(
        place.ports, place.platform, place.spec(image_id=None, image_ref="x:1", tenant_id=place.tenant.id)
    )
    assert (promised.instance.image_id, promised.instance.image_ref) == (None, "x:1")
    assert promised.instance.owner_id == place.owner.user_id


async def test_a_reference_of_the_catalogue_is_for_everybody(place: Place) -> None:
    promised = await deploy(place.ports, place.owner, place.spec(image_id=None, image_ref="site:1"))
    assert promised.instance.image_id == place.image.id


async def test_a_viewer_may_not_and_a_foreign_tenant_is_not_found(place: Place) -> None:
    with pytest.raises(Forbidden):
        await deploy(place.ports, place.viewer, place.spec())
    with pytest.raises(NotFound):
        await deploy(place.ports, place.stranger, place.spec(tenant_id=place.tenant.id))


async def test_it_goes_to_the_named_owners_own_tenant(place: Place) -> None:
    assert place.stranger.user_id is not None
    promised = await deploy(place.ports, place.platform, place.spec(owner_id=place.stranger.user_id))
    assert promised.instance.owner_id == place.stranger.user_id
    assert promised.instance.tenant_id == place.stranger.tenant_id


async def test_a_stranger_cannot_be_made_owner(place: Place) -> None:
    with pytest.raises(InvalidInput):
        await deploy(place.ports, place.owner, place.spec(owner_id=(await person()).id))


async def test_the_node_with_most_room_is_chosen(place: Place) -> None:
    big = await node(memory_bytes=1024 * 1024 * MIB)
    assert (await deploy(place.ports, place.owner, place.spec())).instance.node_id == big.id


async def test_a_full_platform_is_a_conflict(place: Place) -> None:
    with pytest.raises(Conflict, match="room"):
        await deploy(place.ports, place.owner, place.spec(memory_bytes=65 * 1024 * MIB))
    with pytest.raises(Conflict, match="region mars"):
        await deploy(place.ports, place.owner, place.spec(region="mars"))
    with pytest.raises(Conflict, match="room"):
        await deploy(place.ports, place.owner, place.spec(cpu_millis=8 * 16_000 + 10))


async def test_a_node_that_cannot_run_the_image_is_refused(place: Place) -> None:
    only_docker = await image(drivers=["docker"])
    with pytest.raises(Unsupported):
        await deploy(place.ports, place.owner, place.spec(image_id=only_docker.id, node_id=place.node.id))


@pytest.mark.parametrize("call", ["prepare_image", "create", "start"])
@pytest.mark.parametrize("error", [Conflict("Port 8080 is already in use on this node."), NotFound("No such image.")])
async def test_a_failure_is_said_and_nothing_half_made_is_left(place: Place, call: str, error: DomainError) -> None:
    place.runtime.fail_next(call, error)
    promised = await deploy(place.ports, place.owner, place.spec())
    await place.work()
    instance = await place.look(promised.instance)
    assert (instance.state, instance.state_reason) == (InstanceState.FAILED, error.message)
    operation = await Operation.get(id=promised.operation.id)
    assert operation.error == {"code": error.code, "message": error.message}
    assert await place.runtime.list_instances() == []


async def test_an_engine_that_comes_back_in_time_is_waited_for(place: Place) -> None:
    place.runtime.fail_next("create", Unavailable("The engine does not answer."))
    promised = await deploy(place.ports, place.owner, place.spec())
    await place.work()
    assert (await place.look(promised.instance)).state is InstanceState.INSTALLING
    place.ports.clock.advance(2)  # type: ignore[attr-defined]
    await place.work()
    assert (await place.look(promised.instance)).state is InstanceState.RUNNING


async def test_a_resumed_build_does_not_start_twice(place: Place) -> None:
    place.runtime.fail_next("inspect", Unavailable("The engine went away right after the start."))
    promised = await deploy(place.ports, place.owner, place.spec())
    await place.work()
    place.ports.clock.advance(2)  # type: ignore[attr-defined]
    await place.work()
    assert (await place.look(promised.instance)).state is InstanceState.RUNNING
    assert place.runtime.calls["start"] == 1
    assert len(await place.runtime.list_instances()) == 1


async def test_cancelling_a_build_leaves_nothing(place: Place) -> None:
    promised = await deploy(place.ports, place.owner, place.spec())
    await cancel_operation(place.ports, place.owner, promised.operation.id)
    await place.work()
    assert (await Operation.get(id=promised.operation.id)).state is OperationState.CANCELLED
    assert (await place.look(promised.instance)).state is InstanceState.FAILED
    assert await place.runtime.list_instances() == []
    with pytest.raises(Conflict):
        await cancel_operation(place.ports, place.owner, promised.operation.id)


async def test_twenty_at_once_all_run(place: Place) -> None:
    await asyncio.gather(
        *(deploy(place.ports, place.owner, place.spec(name=f"n{n}", ports=(PortSpec(80),))) for n in range(20))
    )
    await place.work()
    assert await Instance.filter(state=InstanceState.RUNNING).count() == 20
    assert len({row.host_port for row in await InstancePort.all()}) == 20
    assert place.runtime.calls["create"] == 20
