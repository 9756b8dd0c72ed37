"""Signing in by another device: the states, who may see and decide them, and that waiting ends at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from domain.accounts.identity_login import Device
from domain.accounts.qr_sign_in import offer_qr_sign_in, qr_outcome
from domain.errors import Unavailable
from domain.jobs.upkeep import prune
from domain.models import Membership, QrSignIn
from domain.ports import Ports
from drivers.bus.memory import MemoryBus
from tests.fakes import FakeClock
from tests.rest_compat.cloudillo.test_every_endpoint import assert_refused
from tests.rest_compat.cloudillo.test_sign_in import claims_of, works
from tests.rest_compat.cloudillo.town import ALICE, BOB, TEAM, Town, bearer
from tests.rest_compat.houses import SmallHouse

QR = "/api/auth/qr-login"


class Waiting:
    """A device that shows a code."""

    def __init__(self, client: httpx2.AsyncClient, session: dict[str, str]) -> None:
        self.client, self.path, self.secret = client, f"{QR}/{session['sessionId']}", session["secret"]

    async def status(self, timeout: str = "0", secret: str | None = None) -> httpx2.Response:
        headers = {"x-qr-secret": self.secret if secret is None else secret}
        return await self.client.get(f"{self.path}/status", params={"timeout": timeout}, headers=headers)

    async def answer(self, token: str, approved: Any = True) -> httpx2.Response:
        return await self.client.post(f"{self.path}/respond", json={"approved": approved}, headers=bearer(token))


@pytest.fixture
async def waiting(street: httpx2.AsyncClient, town: Town) -> Waiting:
    made = await street.post(f"{QR}/init", json={}, headers={"user-agent": "an old phone"})
    assert made.status_code == 201
    return Waiting(street, made.json()["data"])


async def test_an_approved_device_signs_in_once(waiting: Waiting, town: Town) -> None:
    assert (await waiting.status()).json()["data"] == {"status": "pending"}
    assert (await waiting.answer(town.token())).json()["data"] == {"status": "approved"}
    outcome = (await waiting.status()).json()["data"]
    assert (outcome["status"], outcome["login"]["idTag"]) == ("approved", ALICE)
    assert claims_of(outcome["login"]["token"])["cred"] != claims_of(town.token())["cred"]
    assert await works(waiting.client, outcome["login"]["token"]) == 200
    assert_refused(await waiting.status(), 404, "E-CORE-NOTFOUND")


async def test_a_denied_device_is_told_once(waiting: Waiting, town: Town) -> None:
    assert (await waiting.answer(town.token(), approved=False)).json()["data"] == {"status": "denied"}
    assert (await waiting.status()).json()["data"] == {"status": "denied"}
    assert_refused(await waiting.status(), 404, "E-CORE-NOTFOUND")


async def test_after_five_minutes_it_is_over(waiting: Waiting, town: Town, clock: FakeClock) -> None:
    clock.advance(301)
    assert_refused(await waiting.answer(town.token()), 400, "E-VAL-INVALID")
    assert (await waiting.status()).json()["data"] == {"status": "expired"}
    assert_refused(await waiting.status(), 404, "E-CORE-NOTFOUND")


async def test_the_end_is_told_to_one_of_many_who_ask(waiting: Waiting, town: Town) -> None:
    await waiting.answer(town.token())
    answers = await asyncio.gather(*(waiting.status() for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]


async def test_only_the_waiting_device_may_ask(waiting: Waiting, town: Town) -> None:
    await waiting.answer(town.token())
    assert_refused(await waiting.client.get(f"{waiting.path}/status"), 401, "E-AUTH-UNAUTH")
    for secret in ("wrong", town.values["qr_secret"]):
        assert_refused(await waiting.status(secret=secret), 404, "E-CORE-NOTFOUND")
    assert (await waiting.status()).json()["data"]["status"] == "approved"


async def test_who_decides_is_shown_the_device(waiting: Waiting, town: Town) -> None:
    shown = await waiting.client.get(f"{waiting.path}/details", headers=bearer(town.token()))
    assert shown.json()["data"] == {"userAgent": "an old phone", "ipAddress": "192.0.2.7"}


async def test_only_people_of_the_tenant_decide(waiting: Waiting, town: Town) -> None:
    at_team = {**bearer(town.token("alice", TEAM)), "host": f"cl-o.{TEAM}"}
    for method, path in (("GET", "details"), ("POST", "respond")):
        url = f"{waiting.path}/{path}"
        refused = await waiting.client.request(method, url, json={"approved": True}, headers=at_team)
        assert_refused(refused, 403, "E-AUTH-NOPERM")
    narrow = await waiting.client.get(
        "/api/auth/access-token", params={"scope": "apkg:publish"}, headers=bearer(town.token())
    )
    assert_refused(await waiting.answer(narrow.json()["data"]["token"]), 403, "E-AUTH-NOPERM")
    assert (await waiting.status()).json()["data"] == {"status": "pending"}


async def test_it_is_decided_once(waiting: Waiting, town: Town) -> None:
    await waiting.answer(town.token(), approved=False)
    assert_refused(await waiting.answer(town.token()), 400, "E-VAL-INVALID")
    assert (await waiting.status()).json()["data"] == {"status": "denied"}


@pytest.mark.parametrize("approved", [None, "perhaps", 3])
async def test_a_decision_is_yes_or_no(approved: Any, waiting: Waiting, town: Town) -> None:
    assert_refused(await waiting.answer(town.token(), approved), 400, "E-VAL-INVALID")


async def test_who_left_before_the_device_asked_lets_nobody_in(waiting: Waiting, town: Town) -> None:
    await waiting.answer(town.token("vera"))
    await Membership.filter(user_id=town.people["vera"].id).delete()
    assert (await waiting.status()).json()["data"] == {"status": "denied"}


async def test_a_code_of_another_tenant_is_unknown(waiting: Waiting, town: Town) -> None:
    headers = {"host": f"cl-o.{BOB}", "x-qr-secret": waiting.secret}
    assert_refused(await waiting.client.get(f"{waiting.path}/status", headers=headers), 404, "E-CORE-NOTFOUND")


@pytest.mark.parametrize("timeout", ["-1", "x", "nan"])
async def test_how_long_to_wait_must_be_a_number(timeout: str, waiting: Waiting) -> None:
    response = await waiting.status(timeout)
    assert response.status_code in (200, 400)
    if timeout != "nan":
        assert_refused(response, 400, "E-VAL-INVALID")


class WatchedBus(MemoryBus):
    """Tells when somebody has begun to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.subscribed = asyncio.Event()

    def subscribe(self, topics: Any, **options: Any) -> Any:
        self.subscribed.set()
        return super().subscribe(topics, **options)


class AwayBus(MemoryBus):
    """A bus that cannot be reached."""

    async def publish(self, topic: str, data: bytes) -> None:
        raise Unavailable("The bus is away.")

    def subscribe(self, topics: Any, **options: Any) -> Any:
        raise Unavailable("The bus is away.")


@pytest.fixture
async def bus(house: SmallHouse) -> AsyncIterator[WatchedBus]:
    watched = WatchedBus()
    house.ports = replace(house.ports, bus=watched)
    yield watched
    await watched.close()


async def test_a_long_wait_ends_with_the_decision(
    bus: WatchedBus, waiting: Waiting, town: Town, clock: FakeClock
) -> None:
    asking = asyncio.create_task(waiting.status("30"))
    await bus.subscribed.wait()
    assert not asking.done()
    await waiting.answer(town.token())
    async with asyncio.timeout(5):
        assert (await asking).json()["data"]["status"] == "approved"


async def test_a_long_wait_ends_with_its_time(waiting: Waiting) -> None:
    assert (await waiting.status("0.05")).json()["data"] == {"status": "pending"}


async def test_another_replica_is_woken_too(bus: WatchedBus, town: Town, house: SmallHouse, waiting: Waiting) -> None:
    """Two of them share the database and the bus, and nothing else."""
    elsewhere = replace(house.ports)
    tenant = town.tenants[ALICE]
    public_id = waiting.path.rpartition("/")[2]
    asking = asyncio.create_task(qr_outcome(elsewhere, tenant, public_id, waiting.secret, Device("cloudillo"), 30))
    await bus.subscribed.wait()
    await waiting.answer(town.token())
    async with asyncio.timeout(5):
        assert (await asking).state == "approved"


async def test_without_a_bus_it_takes_a_second_longer(house: SmallHouse, waiting: Waiting, town: Town) -> None:
    house.ports = replace(house.ports, bus=AwayBus())
    asking = asyncio.create_task(waiting.status("10"))
    assert (await waiting.answer(town.token())).status_code == 200
    async with asyncio.timeout(5):
        assert (await asking).json()["data"]["status"] == "approved"


async def test_too_many_who_wait_are_refused_but_may_sign_in_otherwise(
    waiting: Waiting, house: SmallHouse, town: Town
) -> None:
    house.limit(qr_sign_ins_max=await QrSignIn.all().count())
    assert_refused(await waiting.client.post(f"{QR}/init"), 503, "E-SYS-UNAVAIL")
    init = (await waiting.client.post("/api/auth/login-init")).json()["data"]
    assert set(init) == {"status", "webAuthn"}


async def test_upkeep_removes_who_waited_in_vain(ports: Ports, town: Town, clock: FakeClock) -> None:
    await offer_qr_sign_in(ports, town.tenants[ALICE], Device("cloudillo"))
    clock.advance(300 + 601)
    await prune(ports)
    assert await QrSignIn.all().count() == 0
