"""The application: several in one process, and the same one behind one database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import websockets
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from domain.models.audit import AuditEntry
from domain.models.tenant import Tenant
from gateway.app import create_app, own_routes
from gateway.database import entered
from gateway.faults import StartupError
from gateway.http.route_table import path_of
from tests.gateway.served import served, settings_for


async def test_two_applications_of_one_process_keep_to_themselves(tmp_path: Path) -> None:
    async with served(settings_for(tmp_path / "one")) as one, served(settings_for(tmp_path / "two")) as two:
        with entered(one.house.database):
            await Tenant.create(slug="only-here", name="Only here")
        with entered(two.house.database):
            assert not await Tenant.exists(slug="only-here")
        key = {"x-api-key": one.keys["skyport"]}
        assert (await one.client.get("/api/nodes", headers=key)).status_code == 200
        assert (await two.client.get("/api/nodes", headers=key)).status_code == 401


async def test_two_replicas_on_one_database_and_redis_are_one(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    settings = settings_for(tmp_path, database_url=postgres_url, redis_url=redis_url, secret_key="k" * 40)
    async with served(settings) as one, served(settings) as two:
        key = {"x-api-key": one.keys["skyport"]}
        body = {"username": "ada", "email": "ada@example.org", "password": "a long password"}
        assert (await one.client.post("/api/auth/create-user", headers=key, json=body)).status_code == 201
        users = (await two.client.get("/api/users", headers=key)).json()
        assert {user["username"] for user in users} == {"owner", "ada"}
        assert one.house.installation_id == two.house.installation_id
        assert one.house.name != two.house.name


def test_the_app_can_be_tried_without_a_server(tmp_path: Path) -> None:
    with TestClient(create_app(settings_for(tmp_path), say=lambda text: None)) as client:
        assert client.get("/readyz").json() == {"status": "ready", "notReady": {}}
        index = client.get("/").json()
        assert index["doors"] == {"graphql": "/graphql", "skyport": "/skyport", "cloudillo": "/cloudillo"}
        for channel in index["channels"].values():
            with (
                client.websocket_connect(channel if channel == "/ws/bus" else f"{channel}/none") as socket,
                pytest.raises(WebSocketDisconnect) as refused,
            ):
                socket.receive_json()
            assert refused.value.code in (4401, 4403, 4404)


def test_the_app_can_be_started_again_on_its_data(tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        with TestClient(create_app(settings_for(tmp_path), say=said.append)) as client:
            assert client.get("/healthz").status_code == 200
    assert len(said) == 1


def test_own_routes_are_exact(tmp_path: Path) -> None:
    paths = [path_of(route) for route in own_routes()]
    assert None not in paths
    assert {"/", "/healthz", "/readyz", "/metrics", "/graphql", "/docs", "/docs/skyport"} <= set(paths)


async def test_pages_are_there(tmp_path: Path) -> None:
    async with served(settings_for(tmp_path)) as replica:
        pages = await asyncio.gather(*(replica.client.get(path) for path in ("/docs", "/docs/skyport")))
        assert all(page.headers["content-type"].startswith("text/html") for page in pages)
        described = await replica.client.get("/skyport/openapi.json")
        assert described.json()["openapi"].startswith("3.1")


async def test_the_clients_address_is_the_one_a_trusted_proxy_says(tmp_path: Path) -> None:
    forwarded = {"x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https"}
    for proxies, expected in (((), "127.0.0.1"), (("127.0.0.0/8",), "198.51.100.7"), (("10.0.0.0/8",), "127.0.0.1")):
        async with served(settings_for(tmp_path, trusted_proxies=proxies)) as replica:
            signed_in = {"query": 'mutation { signIn(input: {login: "owner", password: "wrong"}) { accessToken } }'}
            await replica.client.post("/graphql", json=signed_in, headers=forwarded)
            with entered(replica.house.database):
                assert [entry.address for entry in await AuditEntry.filter(action="user.sign_in_failed")] == [expected]
                await AuditEntry.all().delete()


async def test_a_socket_to_nowhere_is_refused(tmp_path: Path) -> None:
    async with served(settings_for(tmp_path)) as replica:
        for path in ("/nowhere", "/skyport/nowhere", "/api/nodes"):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(replica.websocket_url + path)
            assert refused.value.response.status_code == 403


async def test_a_failing_start_leaves_nothing_running(tmp_path: Path) -> None:
    (tmp_path / "gatehouse.db").write_text("no database, " * 200)
    with pytest.raises(StartupError):
        async with served(settings_for(tmp_path)):
            pass
