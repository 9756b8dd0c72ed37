"""Done when, 1: without any engine, a stranger deploys through one door and watches through the other."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.house import free_port, server, until
from tests.journeys.story import WATCH, deploy_by_skyport, id_of, page_at, skyport_state, states_until


async def test_a_static_site_is_deployed_watched_stopped_and_deleted(tmp_path: Path) -> None:
    async with server(tmp_path, runtime="process") as house, house.wire() as wire:
        port = free_port()
        short_id = await deploy_by_skyport(house, image="gatehouse/static-site", port=port, memory="128")
        instance_id = await id_of(house, short_id)
        await wire.subscribe(WATCH, {"id": instance_id})
        assert (await states_until(wire, "RUNNING"))[-1] == "RUNNING"
        assert "It runs" in await page_at(port)

        await house.graphql("mutation ($id: ID!) { stopInstance(id: $id) { instance { state } } }", id=instance_id)
        assert await states_until(wire, "STOPPED") == ["STOPPING", "STOPPED"]
        assert await skyport_state(house, short_id) == "stopped"

        async with house.skyport() as client:
            gone = await client.request("DELETE", "/api/instance/delete", json={"id": short_id})
        assert gone.status_code == 201
        assert (await states_until(wire, "DELETED"))[-1] == "DELETED"
        assert (await wire.hear())["type"] == "complete"
        assert await skyport_state(house, short_id) == "Instance not found"


async def test_instances_outlive_the_gateway_and_are_adopted(tmp_path: Path) -> None:
    async with server(tmp_path, runtime="process") as house:
        port = free_port()
        short_id = await deploy_by_skyport(house, image="gatehouse/static-site", port=port, memory="128")

        async def runs() -> bool:
            return await skyport_state(house, short_id) == "running"

        await until(runs)
        await house.kill()
        assert "It runs" in await page_at(port)
        await house.start()
        assert await skyport_state(house, short_id) == "running"
        async with house.skyport() as client:
            await client.request("DELETE", "/api/instance/delete", json={"id": short_id})

        async def is_gone() -> bool:
            return await skyport_state(house, short_id) == "Instance not found"

        await until(is_gone)


async def test_a_graceful_end_closes_sockets_with_1001(tmp_path: Path) -> None:
    async with server(tmp_path, runtime="memory") as house, house.wire() as wire:
        assert await house.stop() == 0
        assert (await wire.closed())[0] == 1001
