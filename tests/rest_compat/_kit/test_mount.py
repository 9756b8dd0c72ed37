"""Where a dialect stands, and what it says to everything else."""

from __future__ import annotations

import httpx2
import pytest

from rest_compat._kit import mount
from rest_compat._kit.mount import PathApp
from tests.rest_compat._kit.toy import TOY


async def test_the_same_answers_stand_at_the_root_and_at_the_prefix(toy: httpx2.AsyncClient) -> None:
    await toy.post("/notes", json={"text": "milk"})
    assert (await toy.get("/toy/notes")).json() == (await toy.get("/notes")).json() == [{"text": "milk"}]


async def test_another_path_of_an_endpoint_is_the_same_endpoint(toy: httpx2.AsyncClient) -> None:
    assert (await toy.post("/old/notes", json={"text": "milk"})).json() == {"text": "milk"}


@pytest.mark.parametrize("path", ["/toy/nothing", "/toy/notes/", "/toy/notes/a/b", "/toy"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_where_it_stands_alone_it_answers_every_path(toy: httpx2.AsyncClient, method: str, path: str) -> None:
    response = await toy.request(method, path, follow_redirects=True)
    assert response.status_code in (404, 400)
    assert set(response.json()) == {"problem", "number"}


async def test_a_wrong_method_is_refused_in_the_dialects_words(toy: httpx2.AsyncClient) -> None:
    for path in ("/notes", "/toy/notes"):
        response = await toy.delete(path)
        assert response.status_code == 405
        assert response.headers["allow"] == "GET, HEAD, POST"
        assert response.json()["problem"] == "This path answers to GET, HEAD, POST."


async def test_head_is_get_without_a_credential_of_its_own(toy: httpx2.AsyncClient) -> None:
    assert (await toy.head("/notes")).status_code == 200


def test_paths_name_everything_that_is_answered() -> None:
    assert TOY.paths == {"/notes", "/old/notes", "/notes/{name}", "/search", "/plain", "/secret"}
    assert {route.path for route in mount(TOY)} == TOY.paths  # type: ignore[attr-defined]


def test_routes_tell_metrics_where_a_request_went() -> None:
    apps = [route.endpoint for route in mount(TOY)]  # type: ignore[attr-defined]
    assert all(isinstance(app, PathApp) and app.dialect is TOY and app.path in TOY.paths for app in apps)


async def test_its_openapi_document_says_where_it_stands(toy: httpx2.AsyncClient) -> None:
    document = (await toy.get("/toy/openapi.json")).json()
    assert document["servers"] == [{"url": "/toy"}]
    assert (await toy.get("/openapi.json")).status_code == 404
