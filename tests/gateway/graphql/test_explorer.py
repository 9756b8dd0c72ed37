"""The explorer: its page, its files, and a browser that uses them."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import httpx2
import pytest

from gateway.graphql.explorer import build
from gateway.graphql.explorer.assets import ASSETS, NETWORK, Asset, are_built
from tests.gateway.graphql.clients import start
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.test_accept import BROWSER


async def get(url: str, accept: str = BROWSER, **options: object) -> httpx2.Response:
    async with httpx2.AsyncClient() as client:
        return await client.get(url, headers={"accept": accept}, **options)  # type: ignore[arg-type]


async def test_a_browser_gets_the_page_and_others_do_not(replica: Replica) -> None:
    page = await get(replica.url)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert 'data-url="/graphql"' in page.text
    assert (await get(replica.url, "*/*")).headers["content-type"].startswith("application/json")
    asked = await get(replica.url, params={"query": "{ __typename }"})
    assert asked.json() == {"data": {"__typename": "Query"}}


async def test_the_page_runs_only_files_whose_digest_it_knows(replica: Replica) -> None:
    page = await get(replica.url)
    for asset in ASSETS:
        assert f'integrity="{asset.integrity}"' in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-eval'" not in policy


async def test_its_own_files_are_served_and_no_others(replica: Replica) -> None:
    script = await get(f"{replica.url}/explorer/explorer.js")
    assert script.status_code == 200
    assert "javascript" in script.headers["content-type"]
    assert (await get(f"{replica.url}/explorer/explorer.css")).status_code == 200
    for name in ("assets.py", "page.py", "..%2fschema.graphql", "nothing.js"):
        assert (await get(f"{replica.url}/explorer/{name}")).status_code == 404


async def test_unbuilt_it_says_so_and_links_the_network(replica: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.graphql.explorer.page.are_built", lambda: False)
    page = await get(replica.url)
    assert "make assets" in page.text
    assert f'href="{NETWORK}"' in page.text
    for asset in ASSETS:
        assert asset.remote_url in page.text
    assert NETWORK in page.headers["content-security-policy"]


class TestOff:
    @pytest.fixture
    def door(self) -> dict[str, bool]:
        return {"explorer": False}

    async def test_it_can_be_turned_off(self, replica: Replica) -> None:
        answer = await get(replica.url)
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("application/json")


def test_files_are_fetched_once_and_checked(tmp_path: Path, node: str) -> None:
    folder = tmp_path / "built"
    assert not are_built(folder)
    assert build.build(folder)
    assert are_built(folder)
    for asset in ASSETS:
        assert build.digest((folder / asset.name).read_bytes()) == asset.integrity
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert build.build(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_file_that_is_not_the_reviewed_one_is_refused(tmp_path: Path, node: str) -> None:
    tampered = [Asset("graphql-ws", "6.4.2", "umd/graphql-ws.min.js", "sha384-other")]
    with pytest.raises(build.WrongDigestError):
        build.build(tmp_path / "built", tampered)
    assert not (tmp_path / "built").exists()


async def test_a_person_asks_and_watches_without_any_other_server(
    replica: Replica, people: People, node: str, node_modules: Path, chromium: str
) -> None:
    assert build.build(), "npm is here, so the files are"
    instance_id = await people.deploy_running()
    program = await start(node, "explorer.mjs", replica.url, chromium, people.anna.token, instance_id)
    try:
        seen = await program.line()
    finally:
        await program.stop()
    assert seen == {"notice": 0, "version": version("gatehouse"), "state": "RUNNING", "foreign": [], "faults": []}
