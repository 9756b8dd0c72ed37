"""Nodes: made, configured once, and never a key seen again."""

from __future__ import annotations

import httpx2
import pytest

from domain.models import Node, NodeState
from domain.nodes.register_node import hash_key
from tests.rest_compat.skyport.scenarios.nodes import NEW
from tests.rest_compat.skyport.world import World


async def made(panel: httpx2.AsyncClient) -> tuple[Node, str]:
    message = (await panel.post("/api/nodes/create", json=NEW)).json()["Message"]
    return await Node.get(id=message["id"]), message["configureKey"]


async def test_it_is_a_docker_engine_at_its_address(panel: httpx2.AsyncClient) -> None:
    node, _ = await made(panel)
    assert (node.driver, node.address, node.public_host) == (
        "docker",
        "tcp://docker.example.org:2376",
        "docker.example.org",
    )
    assert node.state is NodeState.UNCONFIGURED


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("192.0.2.1", "tcp://192.0.2.1:2376"),
        ("2001:db8::1", "tcp://[2001:db8::1]:2376"),
        ("[2001:db8::1]", "tcp://[2001:db8::1]:2376"),
        (" localhost ", "tcp://localhost:2376"),
    ],
)
async def test_addresses_of_every_kind_are_taken(panel: httpx2.AsyncClient, given: str, address: str) -> None:
    response = await panel.post("/api/nodes/create", json={**NEW, "address": given})
    assert (await Node.get(id=response.json()["Message"]["id"])).address == address
    assert response.json()["Message"]["address"] == given


async def test_the_configure_key_works_once(panel: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    node, configure_key = await made(panel)
    keys = {"configureKey": configure_key, "accessKey": "f" * 64}
    assert (await nobody.post("/nodes/configure", params=keys)).status_code == 200
    again = await nobody.post("/nodes/configure", params={**keys, "accessKey": "e" * 64})
    assert (again.status_code, again.json()) == (404, {"error": "Node not found"})
    node = await Node.get(id=node.id)
    assert node.access_key_hash == hash_key("f" * 64)
    listed = {row["id"]: row for row in (await panel.get("/api/nodes")).json()}
    assert listed[str(node.id)]["status"] == "Configured"


async def test_keys_are_shown_once(panel: httpx2.AsyncClient) -> None:
    _, configure_key = await made(panel)
    assert len(configure_key) == 64
    text = (await panel.get("/api/nodes")).text
    assert configure_key not in text
    assert hash_key(configure_key) not in text


async def test_what_was_given_is_shown_again(panel: httpx2.AsyncClient) -> None:
    await made(panel)
    shown = (await panel.get("/api/nodes")).json()[-1]
    assert {name: shown[name] for name in NEW} == {**NEW, "port": "2376"}


async def test_a_deleted_node_is_gone(panel: httpx2.AsyncClient, world: World) -> None:
    body = {"nodeId": str(world.spare.id)}
    assert (await panel.request("DELETE", "/api/nodes/delete", json=body)).status_code == 201
    again = await panel.request("DELETE", "/api/nodes/delete", json=body)
    assert (again.status_code, again.json()) == (400, {"error": "The node ID was invalid"})
