"""Whole journeys of known clients through the real application, on a real socket, in each flavour."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.jobs.feed import Match
from domain.models import User
from gateway.database import entered
from rest_compat.skyport.answers import FLAVOURS
from tests.gateway.served import Served, served, settings_for
from tests.rest_compat.skyport.clients import Bot, Dashboard, Detector, Gone
from tests.rest_compat.skyport.world import SYSTEM

PORT = 30123
"""The engine is pretended: no real port is taken."""
INSTANCES = Match(nouns=frozenset({"instance"}))


@dataclass(frozen=True)
class Panel:
    """A running Gatehouse, and clients with a key of each flavour."""

    served: Served
    clients: dict[str, httpx2.AsyncClient]

    async def when(self, client: httpx2.AsyncClient, instance_id: str, state: str) -> None:
        """Wait until the instance is in that state, looking after every change that is told of."""
        async with self.served.house.feed.subscribe(INSTANCES, latest_per_topic=True) as changes:
            if await state_of(client, instance_id) == state:
                return
            async for _ in changes:
                if await state_of(client, instance_id) == state:
                    return


async def state_of(client: httpx2.AsyncClient, instance_id: str) -> str:
    reply = (await client.post("/api/getInstance", json={"id": instance_id})).json()
    return str(reply.get("State", "gone"))


@pytest.fixture
async def panel(tmp_path: Path) -> AsyncIterator[Panel]:
    async with served(settings_for(tmp_path / "data")) as running:
        with entered(running.house.database):
            owner = await User.all().order_by("created_at").first()
            assert owner is not None
            spec = KeySpec(door="skyport", user_id=owner.id, flavour="0.3")
            _, key = await create_api_key(running.house.ports, SYSTEM, spec)
        keys = {"docs": running.keys["skyport"], "0.3": key}
        clients = {
            flavour: httpx2.AsyncClient(base_url=running.url, headers={"x-api-key": key}, timeout=20)
            for flavour, key in keys.items()
        }
        try:
            yield Panel(running, clients)
        finally:
            for client in clients.values():
                await client.aclose()


@pytest.mark.parametrize(("flavour", "absent"), [("0.3", (404,)), ("0.3", (404, 400)), ("docs", (404, 400))], ids=str)
async def test_a_dashboard_signs_up_deploys_and_deletes(panel: Panel, flavour: str, absent: tuple[int, ...]) -> None:
    http = panel.clients[flavour]
    dashboard = Dashboard(http, absent)
    user_id = await dashboard.sign_up("271828182845904523", "palle")
    assert user_id == "271828182845904523"
    assert await dashboard.sign_up("ignored", "palle") == user_id
    assert await dashboard.resources(user_id) == {"cpu": 0, "memory": 0, "disk": 0}
    image, node = await dashboard.catalogue()
    instance_id = await dashboard.deploy(user_id, image, node, PORT)
    await panel.when(http, instance_id, "running")
    assert await dashboard.state(instance_id) == "READY"
    assert await dashboard.resources(user_id) == {"cpu": 100, "memory": 512, "disk": 10}
    assert await dashboard.delete(user_id, instance_id) == "DELETED"
    assert await dashboard.delete(user_id, instance_id) == "NOTFOUND"
    assert await dashboard.resources(user_id) == {"cpu": 0, "memory": 0, "disk": 0}


async def test_the_bot_registers_and_creates_in_docs(panel: Panel) -> None:
    http = panel.clients["docs"]
    bot = Bot(http)
    user_id = await bot.register("botty")
    assert await bot.register("botty") == user_id
    instance_id = await bot.create(user_id, PORT)
    await panel.when(http, instance_id, "running")
    shown = (await http.post("/api/getInstance", json={"id": instance_id})).json()
    assert "SLOTS=20" in shown["Env"]


async def test_a_detector_suspends_in_docs_and_it_really_stops(panel: Panel) -> None:
    http = panel.clients["docs"]
    bot, detector = Bot(http), Detector(http)
    instance_id = await bot.create(await bot.register("botty"), PORT)
    await panel.when(http, instance_id, "running")
    await detector.suspend(instance_id)
    await panel.when(http, instance_id, "stopped")
    await detector.unsuspend(instance_id)
    await panel.when(http, instance_id, "running")


async def test_who_tests_the_other_flavours_numbers_gives_up(panel: Panel) -> None:
    with pytest.raises(Gone, match="getUser answered 404"):
        await Bot(panel.clients["0.3"]).register("botty")
    with pytest.raises(Gone, match="getUser answered 400"):
        await Dashboard(panel.clients["docs"]).sign_up("1", "palle")


@pytest.mark.parametrize("flavour", FLAVOURS)
async def test_an_old_client_finds_the_old_path(panel: Panel, flavour: str) -> None:
    person = {"username": "old", "email": "old@example.org", "password": "x"}
    assert (await panel.clients[flavour].post("/api/users/create", json=person)).status_code == 201


async def test_documentation_and_openapi_are_served(panel: Panel) -> None:
    http = panel.served.client
    assert (await http.get("/skyport/openapi.json")).json()["servers"] == [{"url": "/skyport"}]
    assert "/api/instances/deploy" in (await http.get("/docs/skyport")).text
    unknown = await http.get("/skyport/api/nothing")
    assert (unknown.status_code, unknown.json()) == (404, {"error": "There is no such endpoint."})
    assert unknown.headers["x-request-id"]


async def test_requests_are_counted_by_door_and_template(panel: Panel) -> None:
    await panel.clients["docs"].post("/api/instances/suspend/ffffffff")
    figures = (await panel.served.client.get("/metrics")).text
    assert "/api/instances/suspend/{id}" in figures
    assert "ffffffff" not in figures
