"""Bad requests at every endpoint: never HTML, never a stack trace, never a write."""

from __future__ import annotations

import httpx2
import pytest

from rest_compat._kit import Endpoint
from rest_compat.skyport.routes import DIALECT
from tests.rest_compat.houses import SmallHouse
from tests.rest_compat.skyport.world import World, rows

PATHS = [(endpoint, path) for endpoint in DIALECT.endpoints for path in endpoint.paths]
WITH_BODY = [(endpoint, path) for endpoint, path in PATHS if endpoint.body is not None]
FORM = "application/x-www-form-urlencoded"
UNREADABLE = [
    (b'{"name": ', "application/json", "The body is not valid JSON."),
    (b"<xml/>", "text/xml", "The body is not valid JSON."),
    (b"[1, 2]", "application/json", "The body must be a JSON object."),
    (b"\xff=1", FORM, "The body is not a valid urlencoded form."),
]


def name_of(value: object) -> str:
    return f"{value.method} {value.path}" if isinstance(value, Endpoint) else ""


@pytest.mark.parametrize(("endpoint", "path"), WITH_BODY, ids=name_of)
@pytest.mark.parametrize(("raw", "content_type", "message"), UNREADABLE)
async def test_an_unreadable_body_is_refused(
    panel: httpx2.AsyncClient, endpoint: Endpoint, path: str, raw: bytes, content_type: str, message: str
) -> None:
    before = await rows()
    response = await panel.request(endpoint.method, path, content=raw, headers={"content-type": content_type})
    assert (response.status_code, response.json()) == (400, {"error": message})
    assert await rows() == before


@pytest.mark.parametrize(("endpoint", "path"), WITH_BODY, ids=name_of)
async def test_a_body_that_is_too_large_is_refused(
    panel: httpx2.AsyncClient, house: SmallHouse, endpoint: Endpoint, path: str
) -> None:
    house.limit(request_body_bytes=100)
    response = await panel.request(endpoint.method, path, json={"name": "x" * 100})
    assert (response.status_code, response.json()) == (413, {"error": "The body may have at most 100 bytes."})


@pytest.mark.parametrize(("endpoint", "path"), PATHS, ids=name_of)
async def test_a_wrong_method_is_refused(panel: httpx2.AsyncClient, endpoint: Endpoint, path: str) -> None:
    allowed = "GET, HEAD" if endpoint.method == "GET" else endpoint.method
    response = await panel.put(path)
    assert (response.status_code, response.json()) == (405, {"error": f"This path answers to {allowed}."})
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/skyport/api/nothing", "/skyport/api/users/", "/skyport/", "/skyport/API/users"])
async def test_an_unknown_path_is_refused(nobody: httpx2.AsyncClient, method: str, path: str) -> None:
    response = await nobody.request(method, path)
    assert (response.status_code, response.json()) == (404, {"error": "There is no such endpoint."})


async def test_the_prefix_answers_like_the_root(panel: httpx2.AsyncClient, world: World) -> None:
    assert (await panel.get("/skyport/api/instances")).json() == (await panel.get("/api/instances")).json()


async def test_every_reply_forbids_to_store_it(panel: httpx2.AsyncClient, nobody: httpx2.AsyncClient) -> None:
    for response in (await panel.get("/api/users"), await nobody.get("/api/users"), await nobody.get("/skyport/x")):
        assert response.headers["cache-control"] == "no-store"
