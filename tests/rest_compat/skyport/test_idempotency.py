"""Idempotency-Key at every POST of the dialect, in its own words."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from rest_compat.skyport.routes import DIALECT
from tests.rest_compat.skyport.scenarios.instances import order
from tests.rest_compat.skyport.scenarios.nodes import NEW as NODE
from tests.rest_compat.skyport.scenarios.users import NEW as PERSON
from tests.rest_compat.skyport.world import World, rows

POSTS: dict[str, Any] = {
    "/api/getUser": {"type": "username", "value": "alice"},
    "/api/auth/create-user": PERSON,
    "/api/users/create": PERSON,
    "/api/auth/reset-password": {"email": "alice@example.org"},
    "/api/instances/deploy": order,
    "/api/getUserInstance": {"userId": "4711"},
    "/api/getInstance": {"id": "0a1b2c3d"},
    "/api/instances/suspend/{id}": {"id": "0a1b2c3d"},
    "/api/instances/unsuspend/{id}": {"id": "0a1b2c3d"},
    "/api/nodes/create": NODE,
}


def test_every_post_is_tried() -> None:
    posts = {path for e in DIALECT.endpoints if e.method == "POST" and not e.public for path in e.paths}
    assert posts == set(POSTS)


@pytest.mark.parametrize("path", POSTS)
async def test_a_request_is_carried_out_once(panel: httpx2.AsyncClient, world: World, path: str) -> None:
    body = POSTS[path](world) if callable(POSTS[path]) else POSTS[path]
    url, headers = path.format(id="0a1b2c3d"), {"Idempotency-Key": "first"}
    first = await panel.post(url, json=body, headers=headers)
    assert first.status_code < 300
    before = await rows()
    again = await panel.post(url, json=body, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert await rows() == before


@pytest.mark.parametrize("path", [path for path in POSTS if "{id}" not in path])
async def test_another_body_is_refused(panel: httpx2.AsyncClient, world: World, path: str) -> None:
    body = POSTS[path](world) if callable(POSTS[path]) else POSTS[path]
    headers = {"Idempotency-Key": "first"}
    await panel.post(path, json=body, headers=headers)
    before = await rows()
    response = await panel.post(path, json={**body, "more": 1}, headers=headers)
    assert response.status_code == 409
    assert response.json() == {"error": "This Idempotency-Key was used for another request."}
    assert await rows() == before


async def test_one_key_may_serve_two_suspensions_only_once(panel: httpx2.AsyncClient, world: World) -> None:
    headers = {"Idempotency-Key": "first"}
    await panel.post("/api/instances/suspend/0a1b2c3d", headers=headers)
    response = await panel.post("/api/instances/unsuspend/0a1b2c3d", headers=headers)
    assert response.status_code == 409


async def test_a_bad_key_is_refused(panel: httpx2.AsyncClient) -> None:
    response = await panel.post("/api/getInstance", json={"id": "0a1b2c3d"}, headers={"Idempotency-Key": "x" * 256})
    assert response.status_code == 400
    assert "Idempotency-Key" in response.json()["error"]
