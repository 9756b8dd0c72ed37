"""Which door answers: by host name, by prefix, at the root; and in whose words a path is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gateway.app import create_app
from gateway.faults import StartupError
from gateway.http.hosts import Doors
from tests.gateway.served import Served, served, settings_for

OWN_HOST = "skyport.example.org"


def ours(response_json: dict[str, dict[str, str]], request_id: str) -> bool:
    return response_json == {
        "error": {"code": "NOT_FOUND", "message": "There is nothing at this address.", "requestId": request_id}
    }


async def test_a_dialect_answers_at_the_root_and_under_its_prefix(replica: Served) -> None:
    headers = {"x-api-key": replica.keys["skyport"]}
    at_root = await replica.client.get("/api/nodes", headers=headers)
    under_prefix = await replica.client.get("/skyport/api/nodes", headers=headers)
    assert at_root.status_code == under_prefix.status_code == 200
    assert at_root.json() == under_prefix.json()


async def test_an_unknown_path_at_the_root_is_refused_in_our_shape(replica: Served) -> None:
    for path in ("/nothing", "/api/nothing", "/api/nodes/", "/a//b", "/skyportal", "/%00"):
        response = await replica.client.get(path)
        assert response.status_code == 404, path
        assert ours(response.json(), response.headers["x-request-id"]), path


async def test_an_unknown_path_under_a_prefix_is_refused_in_the_dialects_shape(replica: Served) -> None:
    for path in ("/skyport", "/skyport/", "/skyport/nothing", "/skyport/graphql", "/skyport/healthz"):
        response = await replica.client.get(path)
        assert (response.status_code, response.json()) == (404, {"error": "There is no such endpoint."}), path


async def test_a_wrong_method_is_refused_in_the_shape_of_the_path(replica: Served) -> None:
    of_dialect = await replica.client.put("/api/nodes")
    assert (of_dialect.status_code, list(of_dialect.json())) == (405, ["error"])
    own = await replica.client.put("/healthz")
    assert (own.status_code, own.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert set(own.headers["allow"].split(", ")) == {"GET", "HEAD"}


async def test_nothing_is_ever_refused_in_html(replica: Served) -> None:
    for method, path in (("GET", "/x"), ("POST", "/"), ("DELETE", "/skyport/x"), ("OPTIONS", "/api/nodes")):
        response = await replica.client.request(method, path, headers={"Accept": "text/html"})
        assert response.headers["content-type"] == "application/json", path
        assert b"<" not in response.content


async def test_a_dialect_may_have_a_host_of_its_own(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, hosts={"skyport": OWN_HOST}, root_dialects=())
    async with served(settings) as replica:
        key = {"x-api-key": replica.keys["skyport"]}
        for host in (OWN_HOST, f"{OWN_HOST}:8080", OWN_HOST.upper()):
            assert (await replica.client.get("/api/nodes", headers={**key, "host": host})).status_code == 200
        there = await replica.client.get("/graphql", headers={"host": OWN_HOST})
        assert there.json() == {"error": "There is no such endpoint."}
        elsewhere = await replica.client.get("/api/nodes", headers={**key, "host": "other.example.org"})
        assert ours(elsewhere.json(), elsewhere.headers["x-request-id"])
        prefixed = await replica.client.get("/skyport/api/nodes", headers=key)
        assert prefixed.status_code == 200


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"root_dialects": ("skyport", "nobody")}, "GATEHOUSE_ROOT_DIALECTS: there is no dialect nobody"),
        ({"hosts": {"nobody": "x.example.org"}}, "GATEHOUSE_HOSTS__NOBODY: there is no dialect nobody"),
    ],
)
def test_an_unknown_dialect_ends_the_start(tmp_path: Path, chosen: dict[str, tuple[str, ...]], words: str) -> None:
    with pytest.raises(StartupError, match=words):
        create_app(settings_for(tmp_path, **chosen))


def test_two_who_want_the_same_path_end_the_start() -> None:
    own = [Route("/api/{anything}", PlainTextResponse("x"))]
    with pytest.raises(StartupError, match=r"GATEHOUSE_ROOT_DIALECTS: skyport and gateway both answer .* /api/"):
        Doors(own, ["skyport"], {})
    Doors(own, [], {})
