"""Keys: where they are read, which are taken, and what is said of those that are not."""

from __future__ import annotations

from datetime import timedelta

import httpx2
import pytest
from tortoise.connection import get_connection

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.revoke_api_key import revoke_api_key
from domain.models import PlatformRole, User
from domain.ports import Ports
from tests.fakes import FakeClock
from tests.rest_compat.skyport.world import SYSTEM, World

INVALID = (401, {"error": "API Key Invalid"})
MISSING = (401, {"error": "API key is required"})


async def ask(client: httpx2.AsyncClient, key: str | None) -> tuple[int, object]:
    headers = {} if key is None else {"X-API-Key": key}
    response = await client.get("/api/name", headers=headers)
    return response.status_code, response.json()


async def test_a_key_in_the_header_is_taken(nobody: httpx2.AsyncClient, world: World) -> None:
    assert (await ask(nobody, world.keys["docs"]))[0] == 200


@pytest.mark.parametrize("key", [None, ""])
async def test_no_key_is_missing(nobody: httpx2.AsyncClient, key: str | None) -> None:
    assert await ask(nobody, key) == MISSING


@pytest.mark.parametrize("key", ["skyport_", "skyport_00000000-0000-4000-8000-000000000000", "a.b.c", "é", "x" * 9000])
async def test_an_unknown_key_is_invalid(nobody: httpx2.AsyncClient, key: str) -> None:
    response = await nobody.get("/api/name", headers={b"x-api-key": key.encode()})
    assert (response.status_code, response.json()) == INVALID


async def test_a_key_in_the_query_or_as_bearer_is_not_read(nobody: httpx2.AsyncClient, world: World) -> None:
    key = world.keys["docs"]
    assert (await nobody.get("/api/name", params={"key": key})).json() == MISSING[1]
    assert (await nobody.get("/api/name", headers={"authorization": f"Bearer {key}"})).json() == MISSING[1]


async def test_a_key_of_another_door_is_invalid(nobody: httpx2.AsyncClient, world: World, ports: Ports) -> None:
    _, text = await create_api_key(ports, SYSTEM, KeySpec(door="graphql", user_id=world.owner.id))
    assert await ask(nobody, text) == INVALID


async def test_a_revoked_key_is_invalid(nobody: httpx2.AsyncClient, world: World, ports: Ports) -> None:
    row, text = await create_api_key(ports, SYSTEM, KeySpec(door="skyport", user_id=world.owner.id))
    await revoke_api_key(ports, SYSTEM, row.id)
    assert await ask(nobody, text) == INVALID


async def test_an_expired_key_is_invalid(
    nobody: httpx2.AsyncClient, world: World, ports: Ports, clock: FakeClock
) -> None:
    expires_at = clock.now() + timedelta(seconds=60)
    _, text = await create_api_key(
        ports, SYSTEM, KeySpec(door="skyport", user_id=world.owner.id, expires_at=expires_at)
    )
    assert (await ask(nobody, text))[0] == 200
    clock.advance(61)
    assert await ask(nobody, text) == INVALID


async def test_a_key_ends_with_its_users_part_in_the_platform(
    nobody: httpx2.AsyncClient, world: World, ports: Ports
) -> None:
    await User.filter(id=world.owner.id).update(platform_role=None)
    assert await ask(nobody, world.keys["docs"]) == INVALID
    await User.filter(id=world.owner.id).update(platform_role=PlatformRole.ADMIN)
    assert (await ask(nobody, world.keys["0.3"]))[0] == 200


async def test_an_unknown_flavour_is_docs(nobody: httpx2.AsyncClient, world: World, ports: Ports) -> None:
    spec = KeySpec(door="skyport", user_id=world.owner.id, flavour="9.9")
    _, text = await create_api_key(ports, SYSTEM, spec)
    response = await nobody.post("/api/getInstance", json={"id": "ffffffff"}, headers={"x-api-key": text})
    assert response.status_code == 400


async def test_a_register_that_fails_is_a_fault_of_ours(nobody: httpx2.AsyncClient, world: World) -> None:
    await get_connection("default").execute_script("DROP TABLE api_key")
    status, body = await ask(nobody, world.keys["docs"])
    assert isinstance(body, dict)
    assert (status, body["error"]) == (500, "Failed to validate API key")
    assert set(body) == {"error", "details", "requestId"}
    assert "api_key" not in str(body)
