"""Values that no honest client sends, on every database: refused or taken, never a fault of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest
from tortoise.context import TortoiseContext

from domain.ports import Ports
from rest_compat._kit import mount
from rest_compat.skyport.routes import DIALECT
from tests.rest_compat.houses import SmallHouse, client_of, small_app
from tests.rest_compat.skyport.scenarios.instances import order
from tests.rest_compat.skyport.scenarios.nodes import NEW as NODE
from tests.rest_compat.skyport.scenarios.users import NEW as PERSON
from tests.rest_compat.skyport.world import World, build

HOSTILE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    10**30,
    1e308,
    "",
    " ",
    "x" * 300,
    "x" * 70_000,
    "\u0000",
    "\u200b\u202e",
    "\n\r\t",
    "😀" * 100,
    "'; DROP TABLE app_user; --",
    "../../etc/passwd",
    "{{7*7}}",
    [],
    ["a"],
    {},
    {"a": {"b": ["c"]}},
    {"__proto__": 1},
)
PLAIN: dict[str, dict[str, Any]] = {
    "/api/getUser": {"type": "email", "value": "alice@example.org"},
    "/api/auth/create-user": {**PERSON, "userId": "1", "admin": False},
    "/api/auth/reset-password": {"email": "alice@example.org"},
    "/api/instances/deploy": {"imagename": "Paper", "variables": {}, "disk": 1},
    "/api/instance/delete": {"id": "ffffffff"},
    "/api/getUserInstance": {"userId": "4711"},
    "/api/getInstance": {"id": "0a1b2c3d"},
    "/api/nodes/create": NODE,
    "/api/nodes/delete": {"nodeId": "x"},
}
FIELDS = [
    (endpoint.method, endpoint.path, field.encode_name)
    for endpoint in DIALECT.endpoints
    if endpoint.body is not None
    for field in msgspec.structs.fields(endpoint.body)
]


@pytest.fixture
async def everywhere(database: TortoiseContext, ports: Ports, house: SmallHouse) -> AsyncIterator[Any]:
    """(client, world) on SQLite and on PostgreSQL."""
    world = await build(ports)
    async with client_of(small_app(house, mount(DIALECT), database), {"x-api-key": world.keys["docs"]}) as client:
        yield client, world


@pytest.mark.parametrize(("method", "path", "name"), FIELDS)
async def test_no_value_of_a_field_breaks_us(
    everywhere: tuple[httpx2.AsyncClient, World], method: str, path: str, name: str
) -> None:
    client, world = everywhere
    plain = {**(order(world) if path.endswith("deploy") else {}), **PLAIN[path]}
    for value in HOSTILE:
        response = await client.request(method, path, json={**plain, name: value})
        assert response.status_code < 500, (value, response.text)
        if response.status_code >= 400:
            assert set(response.json()) == {"error"}


@pytest.mark.parametrize("value", ["%00", "x" * 5000, "..%2f..", "%F0%9F%98%80", "%ff", "'", "0a1b2c3d%20"])
@pytest.mark.parametrize("verb", ["suspend", "unsuspend"])
async def test_no_id_in_a_path_breaks_us(everywhere: tuple[httpx2.AsyncClient, World], verb: str, value: str) -> None:
    response = await everywhere[0].post(f"/api/instances/{verb}/{value}")
    assert response.status_code in (400, 404)


@pytest.mark.parametrize("value", ["\u0000", "x" * 5000, "\ufffd", "'", "é"])
async def test_no_configure_key_breaks_us(everywhere: tuple[httpx2.AsyncClient, World], value: str) -> None:
    for keys in ({"configureKey": value, "accessKey": "f"}, {"configureKey": "guess", "accessKey": value}):
        response = await everywhere[0].post("/nodes/configure", params=keys)
        assert response.status_code in (400, 404)
