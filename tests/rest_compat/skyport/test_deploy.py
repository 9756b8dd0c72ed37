"""What a deploy leaves in the domain, and what is seen of it again."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from domain.jobs.registry import KINDS
from domain.jobs.worker import Worker
from domain.limits import MIB
from domain.models import Instance, InstancePort
from domain.nodes.queries import engine_of
from domain.ports import Ports
from domain.ports.runtime import RuntimeState
from tests.rest_compat.skyport.scenarios.instances import order
from tests.rest_compat.skyport.world import World


async def deployed(panel: httpx2.AsyncClient, world: World, **changes: Any) -> Instance:
    response = await panel.post("/api/instances/deploy", json=order(world, **changes))
    assert response.status_code == 201, response.text
    return await Instance.get(short_id=response.json()["volumeId"])


async def seen(panel: httpx2.AsyncClient, instance: Instance) -> dict[str, Any]:
    reply: dict[str, Any] = (await panel.post("/api/getInstance", json={"id": instance.short_id})).json()
    return reply


async def test_every_port_is_published_for_tcp_and_udp(panel: httpx2.AsyncClient, world: World) -> None:
    instance = await deployed(panel, world, ports="25565:30000,8123:30001,25565:30002", primary="30001")
    rows = await InstancePort.filter(instance_id=instance.id).order_by("ordinal")
    assert [(row.container_port, row.host_port, row.protocol) for row in rows] == [
        (25565, 30000, "tcp"),
        (25565, 30000, "udp"),
        (8123, 30001, "tcp"),
        (8123, 30001, "udp"),
    ]
    assert instance.primary_port == 30001


async def test_numbers_are_converted_to_our_units(panel: httpx2.AsyncClient, world: World) -> None:
    instance = await deployed(panel, world, memory="1024MB", cpu="1.5", disk="20")
    assert (instance.memory_bytes, instance.cpu_millis, instance.disk_bytes) == (1024 * MIB, 1500, 20 * MIB)
    reply = await seen(panel, instance)
    assert (reply["Memory"], reply["Cpu"], reply["Disk"]) == (1024, 1.5, 20)


@pytest.mark.parametrize(
    ("published", "primary", "shown"),
    [
        ("25565:25566,8123:8124", "25565:25566", "25565:25566,8123:8124"),
        (" 25565:25566 , 8123:8124", 25566, " 25565:25566 , 8123:8124"),
        (25566, 25566, "25566:25566"),
        ("25566,8123:8124", "web", "25566:25566,8123:8124"),
    ],
)
async def test_ports_and_primary_are_seen_as_given(
    panel: httpx2.AsyncClient, world: World, published: Any, primary: Any, shown: str
) -> None:
    reply = await seen(panel, await deployed(panel, world, ports=published, primary=primary))
    assert (reply["Ports"], reply["Primary"]) == (shown, primary)


@pytest.mark.parametrize(
    "variables", [{"SLOTS": 20, "MODE": "creative", "PVP": True}, '{"SLOTS":20,"MODE":"creative","PVP":true}']
)
async def test_variables_come_over_the_images_environment(
    panel: httpx2.AsyncClient, world: World, variables: Any
) -> None:
    instance = await deployed(panel, world, imagename="Paper", variables=variables)
    assert instance.env == {"EULA": "TRUE", "MODE": "creative", "SLOTS": "20", "PVP": "true"}
    assert (await seen(panel, instance))["Env"] == ["EULA=TRUE", "MODE=creative", "SLOTS=20", "PVP=true"]


async def test_the_reference_decides_and_the_name_finds_the_catalogue_entry(
    panel: httpx2.AsyncClient, world: World
) -> None:
    named = await deployed(panel, world, image="games/paper:1.20", imagename="Paper")
    assert (named.image_ref, named.image_id) == ("games/paper:1.20", world.image.id)
    bare = await deployed(panel, world, image="debian:12", imagename="Nobody", ports="30001", primary=1)
    assert (bare.image_ref, bare.image_id, bare.env) == ("debian:12", None, {})
    reply = await seen(panel, bare)
    assert "imageData" not in reply
    assert (reply["AltImages"], reply["StopCommand"]) == ([], None)


async def test_it_belongs_to_its_owner_and_their_tenant(panel: httpx2.AsyncClient, world: World) -> None:
    instance = await deployed(panel, world)
    assert (instance.owner_id, instance.tenant_id) == (world.alice.id, world.instance.tenant_id)
    owned = await panel.post("/api/getUserInstance", json={"userId": "4711"})
    assert [row["Id"] for row in owned.json()] == ["0a1b2c3d", instance.short_id]


async def test_a_urlencoded_form_is_taken_as_well(panel: httpx2.AsyncClient, world: World) -> None:
    form = {**order(world), "variables[SLOTS]": "20"}
    response = await panel.post("/api/instances/deploy", data=form)
    assert response.status_code == 201
    instance = await Instance.get(short_id=response.json()["volumeId"])
    assert instance.env["SLOTS"] == "20"
    assert (await panel.request("DELETE", "/api/instance/delete", data={"id": instance.short_id})).status_code == 201


@pytest.fixture
def worker(ports: Ports) -> Worker:
    return Worker(ports, "host:1:1", KINDS)


async def test_it_is_installing_then_ready(panel: httpx2.AsyncClient, world: World, worker: Worker) -> None:
    instance = await deployed(panel, world)
    before = await seen(panel, instance)
    assert (before["InternalState"], before["State"]) == ("INSTALLING", "installing")
    assert "ContainerId" not in before
    await worker.run_until_idle()
    after = await seen(panel, instance)
    assert (after["InternalState"], after["State"]) == ("READY", "running")
    assert after["ContainerId"]


async def test_an_image_that_cannot_be_had_fails_it(
    panel: httpx2.AsyncClient, world: World, worker: Worker, ports: Ports
) -> None:
    from domain.errors import NotFound
    from drivers.runtime.memory import MemoryRuntime

    runtime = ports.runtimes.of(engine_of(world.node))
    assert isinstance(runtime, MemoryRuntime)
    runtime.fail_next("prepare_image", NotFound("There is no image games/paper:1.21."))
    instance = await deployed(panel, world)
    await worker.run_until_idle()
    reply = await seen(panel, instance)
    assert (reply["InternalState"], reply["State"]) == ("FAILED", "failed")


async def test_deleting_ends_it_for_good(panel: httpx2.AsyncClient, world: World, worker: Worker, ports: Ports) -> None:
    instance = await deployed(panel, world)
    await worker.run_until_idle()
    assert (await panel.request("DELETE", "/api/instance/delete", json={"id": instance.short_id})).status_code == 201
    for _ in range(2):
        gone = await panel.post("/api/getInstance", json={"id": instance.short_id})
        assert (gone.status_code, gone.json()) == (400, {"error": "Instance not found"})
        again = await panel.request("DELETE", "/api/instance/delete", json={"id": instance.short_id})
        assert again.json() == {"error": "Instance not found"}
        assert instance.short_id not in (await panel.get("/api/instances")).text
        suspended = await panel.post(f"/api/instances/suspend/{instance.short_id}")
        assert suspended.json() == {"error": "Instance not found"}
        await worker.run_until_idle()
    assert await ports.runtimes.of(engine_of(world.node)).inspect(instance.id) is None


async def test_suspending_really_stops_it(
    panel: httpx2.AsyncClient, world: World, worker: Worker, ports: Ports
) -> None:
    instance = await deployed(panel, world)
    await worker.run_until_idle()
    runtime = ports.runtimes.of(engine_of(world.node))
    for turn in range(2):
        reply = (await panel.post(f"/api/instances/suspend/{instance.short_id}")).json()
        assert reply["suspended"] is True, turn
    await worker.run_until_idle()
    reply = await seen(panel, instance)
    assert (reply["suspended"], reply["State"], reply["InternalState"]) == (True, "stopped", "READY")
    observed = await runtime.inspect(instance.id)
    assert observed is not None
    assert observed.state is RuntimeState.STOPPED


async def test_unsuspending_starts_it_again(
    panel: httpx2.AsyncClient, world: World, worker: Worker, ports: Ports
) -> None:
    instance = await deployed(panel, world)
    await worker.run_until_idle()
    await panel.post(f"/api/instances/suspend/{instance.short_id}")
    await worker.run_until_idle()
    for turn in range(2):
        reply = (await panel.post(f"/api/instances/unsuspend/{instance.short_id}")).json()
        assert reply["suspended"] is False, turn
    await worker.run_until_idle()
    assert (await seen(panel, instance))["State"] == "running"
    observed = await ports.runtimes.of(engine_of(world.node)).inspect(instance.id)
    assert observed is not None
    assert observed.state is RuntimeState.RUNNING
