"""Done when, 2: on a real Docker Engine there is a real container, and what happens to it is seen."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.journeys.house import ServerProcess, free_port, server, until
from tests.journeys.story import WATCH, deploy_by_skyport, id_of, page_at, skyport_state, states_until
from tests.journeys.test_crash import INSTANCES, all_operations_ended, deploy_until_killed, nodes_of

pytestmark = pytest.mark.docker
MIB = 1024 * 1024


@pytest.fixture
def engine(docker_engine: str) -> Any:
    client = docker.DockerClient(base_url=docker_engine)
    yield client
    client.close()


@pytest.fixture
async def house(tmp_path: Path, docker_engine: str, engine: Any) -> AsyncIterator[ServerProcess]:
    async with server(tmp_path, runtime="docker", docker_address=docker_engine) as running:
        yield running
    ours = {"label": owner_label(running)}
    for container in engine.containers.list(all=True, filters=ours):
        container.remove(force=True)
    for volume in engine.volumes.list(filters=ours):
        volume.remove()


def containers(engine: Any, house: ServerProcess) -> list[Any]:
    """The containers of one server; several may share the engine."""
    return list(engine.containers.list(all=True, filters={"label": owner_label(house)}))


def owner_label(house: ServerProcess) -> str:
    """The label by which a server knows its own."""
    with closing(sqlite3.connect(house.folder / "gatehouse.db")) as database:
        [(owner,)] = database.execute("SELECT installation_id FROM installation").fetchall()
    return f"gatehouse.owner={owner}"


async def test_a_container_is_deployed_watched_killed_and_deleted(
    house: ServerProcess, engine: Any, busybox_image: str
) -> None:
    async with house.wire() as wire:
        port = free_port()
        short_id = await deploy_by_skyport(house, image=busybox_image, port=port, memory="32")
        await wire.subscribe(WATCH, {"id": await id_of(house, short_id)})
        assert (await states_until(wire, "RUNNING"))[-1] == "RUNNING"

        [container] = containers(engine, house)
        assert container.attrs["HostConfig"]["Memory"] == 32 * MIB
        assert container.attrs["HostConfig"]["PortBindings"]["80/tcp"][0]["HostPort"] == str(port)
        assert await page_at(port)

        container.kill()

        async def stopped() -> bool:
            return await skyport_state(house, short_id) == "stopped"

        assert await until(stopped) < 2.0
        assert await states_until(wire, "STOPPED") == ["STOPPED"]

        async with house.skyport() as client:
            await client.request("DELETE", "/api/instance/delete", json={"id": short_id})
        assert (await states_until(wire, "DELETED"))[-1] == "DELETED"
    assert containers(engine, house) == []
    assert engine.volumes.list(filters={"label": owner_label(house)}) == []


async def test_a_port_in_use_is_said_and_leaves_no_container(
    house: ServerProcess, engine: Any, busybox_image: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        short_id = await deploy_by_skyport(house, image=busybox_image, port=port)

        async def failed() -> bool:
            return await skyport_state(house, short_id) == "failed"

        await until(failed)
    reply = await house.graphql("{ instances(first: 1) { nodes { stateReason } } }")
    assert str(port) in reply["instances"]["nodes"][0]["stateReason"]
    assert containers(engine, house) == []


async def test_an_image_that_is_nowhere_is_said(house: ServerProcess, engine: Any) -> None:
    short_id = await deploy_by_skyport(house, image="gatehouse-test/no-such-image:1", port=free_port())

    async def failed() -> bool:
        return await skyport_state(house, short_id) == "failed"

    await until(failed, within_s=90)
    assert containers(engine, house) == []


CREATE_IMAGE = """mutation ($input: CreateImageInput!) { createImage(input: $input) { id } }"""


async def test_running_out_of_memory_is_said(house: ServerProcess, engine: Any, busybox_image: str) -> None:
    hungry = {"name": "hungry", "ref": busybox_image, "command": ["/bin/sh", "-c", "sleep 1; tail /dev/zero"]}
    await house.graphql(CREATE_IMAGE, input=hungry)
    short_id = await deploy_by_skyport(house, image=busybox_image, imagename="hungry", port=free_port(), memory="8")

    async def failed() -> bool:
        return await skyport_state(house, short_id) == "failed"

    await until(failed, within_s=60)
    reply = await house.graphql("{ instances(first: 1) { nodes { stateReason } } }")
    assert reply["instances"]["nodes"][0]["stateReason"] == "It ran out of memory."


async def test_a_kill_in_the_middle_of_twenty_deploys_leaves_twenty_containers(
    house: ServerProcess, engine: Any, busybox_image: str
) -> None:
    acknowledged = await deploy_until_killed(house, busybox_image, 10)
    await house.start()
    await until(lambda: all_operations_ended(house), within_s=120)
    instances = await nodes_of(house, INSTANCES, "instances")
    assert acknowledged <= {instance["shortId"] for instance in instances}
    assert {instance["state"] for instance in instances} == {"RUNNING"}
    running = containers(engine, house)
    assert [container.status for container in running] == ["running"] * len(instances)
    owners = {container.labels["gatehouse.instance"] for container in running}
    assert owners == {instance["id"] for instance in instances}
