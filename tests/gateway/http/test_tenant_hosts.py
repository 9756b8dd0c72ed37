"""A tenant's own hosts: its API at cl-o.<id tag>, its well-known path at the id tag itself, and nobody else's doors."""

from __future__ import annotations

from pathlib import Path

import pytest
import websockets

from domain.access import Actor
from domain.models.tenant import Tenant, TenantKind
from domain.models.user import User
from domain.tenants.create_tenant import TenantSpec, create_tenant
from domain.tenants.give_id_tag import give_id_tag
from gateway.database import entered
from tests.gateway.served import Served, served, settings_for, until

API = "cl-o.gatehouse.localhost"
WELL_KNOWN = "/.well-known/cloudillo/id-tag"


async def id_tag_at(replica: Served, host: str, path: str = WELL_KNOWN) -> object:
    answer = await replica.client.get(path, headers={"host": host})
    return answer.json().get("idTag") if answer.status_code == 200 else answer.status_code


@pytest.mark.parametrize("host", [API, f"{API}:8080", API.upper(), f"{API}."])
async def test_the_api_answers_at_the_tenants_host(replica: Served, host: str) -> None:
    me = await replica.client.get("/api/me", headers={"host": host})
    assert me.json()["data"]["idTag"] == "gatehouse.localhost"
    assert me.json()["reqId"] == me.headers["x-request-id"]
    assert await id_tag_at(replica, host) == "gatehouse.localhost"


async def test_other_doors_do_not_answer_there(replica: Served) -> None:
    for path in ("/graphql", "/healthz", "/api/nodes", "/skyport/api/nodes", "/docs", "/cloudillo/api/me"):
        answer = await replica.client.get(path, headers={"host": API})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "E-CORE-NOTFOUND"), path


async def test_a_host_of_nobody_is_not_found(replica: Served) -> None:
    for host in ("cl-o.nobody.example.org", "cl-o.", "cl-o.a b", "cl-o.xn--a"):
        answer = await replica.client.get("/api/me", headers={"host": host})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "E-CORE-NOTFOUND"), host


async def test_the_dialect_stands_at_the_root_and_under_its_prefix(replica: Served) -> None:
    for path in ("/api/me", "/cloudillo/api/me"):
        answer = await replica.client.get(path)
        assert answer.json()["data"]["idTag"] == "gatehouse.localhost"
    unknown = await replica.client.get("/cloudillo/api/nothing")
    assert unknown.json()["error"]["code"] == "E-CORE-NOTFOUND"


async def test_a_new_or_renamed_tenant_has_its_host_at_once(tmp_path: Path) -> None:
    async with served(settings_for(tmp_path)) as replica:
        assert await id_tag_at(replica, "cl-o.team.example.org") == 404
        with entered(replica.app.state.database):
            spec = TenantSpec(name="Team", kind=TenantKind.COMMUNITY, id_tag="team.example.org")
            team = await create_tenant(replica.house.ports, Actor.system(), spec)

        async def found(tag: str) -> bool:
            return await id_tag_at(replica, f"cl-o.{tag}") == tag

        await until(lambda: found("team.example.org"))
        assert await id_tag_at(replica, "team.example.org") == "team.example.org"
        with entered(replica.app.state.database):
            ports = replica.house.ports
            await give_id_tag(ports, Actor.system(), team.id, "Bücher.example.org", TenantKind.COMMUNITY)
            assert (await Tenant.get(id=team.id)).id_tag == "bücher.example.org"

        async def renamed() -> bool:
            return await id_tag_at(replica, "cl-o.xn--bcher-kva.example.org") == "bücher.example.org"

        async def gone() -> bool:
            return await id_tag_at(replica, "cl-o.team.example.org") == 404

        await until(renamed)
        await until(gone)


@pytest.mark.parametrize("path", ["/ws/crdt/nothing", "/ws/rtdb/nothing"])
async def test_the_channels_answer_at_the_root_under_the_prefix_and_at_the_tenants_host(
    replica: Served, path: str
) -> None:
    for prefix, host in (("", "127.0.0.1"), ("/cloudillo", "127.0.0.1"), ("", API)):
        url = f"ws://{host}:{replica.port}{prefix}{path}"
        async with websockets.connect(url, host="127.0.0.1", port=replica.port) as peer:
            with pytest.raises(websockets.ConnectionClosed):
                await peer.recv()
            assert peer.close_code in (4403, 4404), (prefix, host)


async def test_a_socket_at_a_host_of_nobody_is_refused(replica: Served) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect("ws://cl-o.nobody.example.org/ws/bus", host="127.0.0.1", port=replica.port)


async def signed_in(replica: Served, id_tag: str = "gatehouse.localhost", scope: str = "") -> str:
    """A token of the owner, narrowed where a scope is given."""
    password = next(line for line in "".join(replica.said).splitlines() if line.startswith("Password")).split()[-1]
    login = await replica.client.post("/api/auth/login", json={"idTag": id_tag, "password": password})
    token = str(login.json()["data"]["token"])
    if not scope:
        return token
    headers = {"authorization": f"Bearer {token}"}
    narrowed = await replica.client.get("/api/auth/access-token", params={"scope": scope}, headers=headers)
    return str(narrowed.json()["data"]["token"])


async def closed_with(replica: Served, host: str, token: str) -> int | None:
    """How the bus ends a socket; None when it answers."""
    url = f"ws://{host}:{replica.port}/ws/bus?token={token}"
    async with websockets.connect(url, host="127.0.0.1", port=replica.port) as peer:
        try:
            await peer.send('{"id": "1", "cmd": "ping", "data": {}}')
            await peer.recv()
        except websockets.ConnectionClosed:
            return peer.close_code
    return None


async def test_the_bus_takes_whole_tokens_of_its_own_tenant(tmp_path: Path) -> None:
    async with served(settings_for(tmp_path)) as replica:
        assert await closed_with(replica, API, await signed_in(replica)) is None
        assert await closed_with(replica, API, await signed_in(replica, scope="apkg:publish")) == 4401
        with entered(replica.app.state.database):
            await User.all().update(platform_role=None)
            spec = TenantSpec(name="Team", kind=TenantKind.COMMUNITY, id_tag="team.example.org")
            await create_tenant(replica.house.ports, Actor.system(), spec)
        replica.house.identities.clear()
        token = await signed_in(replica)
        assert await closed_with(replica, API, token) is None
        assert await closed_with(replica, "cl-o.team.example.org", token) == 4401
