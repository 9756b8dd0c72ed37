"""Passkeys, with an authenticator in software: what it must sign is asked once, believed once, and only here."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from domain.jobs.upkeep import prune
from domain.limits import Rate
from domain.models import Membership, Passkey, PasskeyChallenge
from domain.ports import Ports
from tests.fakes import FakeClock
from tests.rest_compat.cloudillo.authenticator import Authenticator
from tests.rest_compat.cloudillo.test_every_endpoint import assert_refused
from tests.rest_compat.cloudillo.test_sign_in import works
from tests.rest_compat.cloudillo.town import ALICE, BOB, Town, bearer
from tests.rest_compat.houses import SmallHouse

WA = "/api/auth/wa"
PAGE = f"https://cl-o.{ALICE}"


@pytest.fixture
def key() -> Authenticator:
    return Authenticator(PAGE)


async def asked(client: httpx2.AsyncClient, town: Town) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"{WA}/reg-challenge", headers=bearer(town.token()))).json()["data"]
    return found


async def register(
    client: httpx2.AsyncClient, town: Town, key: Authenticator, challenge: dict[str, Any] | None = None
) -> httpx2.Response:
    challenge = challenge or await asked(client, town)
    body = {"token": challenge["token"], "response": key.register(challenge["options"]), "name": "a blue key"}
    return await client.post(f"{WA}/reg", json=body, headers=bearer(town.token()))


async def wanted(client: httpx2.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"{WA}/login-challenge")).json()["data"]
    return found


async def sign_in(
    client: httpx2.AsyncClient, key: Authenticator, challenge: dict[str, Any] | None = None, host: str = ALICE
) -> httpx2.Response:
    challenge = challenge or await wanted(client)
    body = {"token": challenge["token"], "response": key.sign(challenge["options"])}
    return await client.post(f"{WA}/login", json=body, headers={"host": f"cl-o.{host}"})


async def test_a_registered_authenticator_signs_in(street: httpx2.AsyncClient, town: Town, key: Authenticator) -> None:
    made = await register(street, town, key)
    assert made.status_code == 201
    assert made.json()["data"]["name"] == "a blue key"
    login = (await sign_in(street, key)).json()["data"]
    assert (login["idTag"], login["roles"][-1]) == (ALICE, "leader")
    assert await works(street, login["token"]) == 200
    assert (await sign_in(street, key)).status_code == 200
    row = await Passkey.get(name="a blue key")
    assert (row.sign_count, row.transports, row.last_used_at is not None) == (2, ["usb"], True)


async def test_login_init_offers_what_an_authenticator_signs(
    street: httpx2.AsyncClient, town: Town, key: Authenticator
) -> None:
    await register(street, town, key)
    offer = (await street.post("/api/auth/login-init", json={})).json()["data"]["webAuthn"]
    assert offer["options"]["rpId"] == ALICE
    assert (await sign_in(street, key, offer)).status_code == 200


async def test_where_nobody_has_a_passkey_none_is_asked_for(street: httpx2.AsyncClient, town: Town) -> None:
    at_bob = {"host": f"cl-o.{BOB}"}
    assert (await street.post("/api/auth/login-init", headers=at_bob)).json()["data"]["webAuthn"] is None
    assert_refused(await street.get(f"{WA}/login-challenge", headers=at_bob), 404, "E-CORE-NOTFOUND")


async def test_what_was_asked_is_answered_once(street: httpx2.AsyncClient, town: Town, key: Authenticator) -> None:
    challenge = await asked(street, town)
    assert (await register(street, town, key, challenge)).status_code == 201
    assert_refused(await register(street, town, Authenticator(PAGE), challenge), 400, "E-VAL-INVALID")
    login = await wanted(street)
    assert (await sign_in(street, key, login)).status_code == 200
    assert_refused(await sign_in(street, key, login), 401, "E-AUTH-UNAUTH")


async def test_what_was_asked_is_answered_in_time(
    street: httpx2.AsyncClient, town: Town, key: Authenticator, clock: FakeClock
) -> None:
    await register(street, town, key)
    challenge, login = await asked(street, town), await wanted(street)
    clock.advance(301)
    assert_refused(await register(street, town, Authenticator(PAGE), challenge), 400, "E-VAL-INVALID")
    assert_refused(await sign_in(street, key, login), 401, "E-AUTH-UNAUTH")


async def test_somebody_else_cannot_answer(street: httpx2.AsyncClient, town: Town, key: Authenticator) -> None:
    challenge = await asked(street, town)
    body = {"token": challenge["token"], "response": key.register(challenge["options"])}
    refused = await street.post(f"{WA}/reg", json=body, headers=bearer(town.token("vera")))
    assert_refused(refused, 400, "E-VAL-INVALID")


async def test_an_answer_from_another_page_or_for_another_challenge_is_refused(
    street: httpx2.AsyncClient, town: Town, key: Authenticator
) -> None:
    assert_refused(await register(street, town, Authenticator("https://evil.example")), 400, "E-VAL-INVALID")
    await register(street, town, key)
    key.origin = "https://evil.example"
    assert_refused(await sign_in(street, key), 401, "E-AUTH-UNAUTH")
    key.origin = f"https://{ALICE}"
    one, other = await wanted(street), await wanted(street)
    assert_refused(await sign_in(street, key, {**one, "options": other["options"]}), 401, "E-AUTH-UNAUTH")
    assert (await sign_in(street, key)).status_code == 200


async def test_a_further_page_may_be_allowed(
    street: httpx2.AsyncClient, town: Town, key: Authenticator, house: SmallHouse
) -> None:
    house.passkey_origins = ("https://shell.example.org",)
    key.origin = "https://shell.example.org"
    assert (await register(street, town, key)).status_code == 201


async def test_another_key_does_not_do(street: httpx2.AsyncClient, town: Town, key: Authenticator) -> None:
    await register(street, town, key)
    forger = Authenticator(PAGE, credential_id=key.credential_id)
    assert_refused(await sign_in(street, forger), 401, "E-AUTH-UNAUTH")
    assert_refused(await sign_in(street, Authenticator(PAGE)), 401, "E-AUTH-UNAUTH")


async def test_a_count_that_goes_back_means_a_copy(street: httpx2.AsyncClient, town: Town, key: Authenticator) -> None:
    await register(street, town, key)
    key.sign_count = 10
    assert (await sign_in(street, key)).status_code == 200
    key.sign_count = 5
    assert_refused(await sign_in(street, key), 401, "E-AUTH-UNAUTH")


async def test_an_authenticator_is_kept_once(street: httpx2.AsyncClient, town: Town, key: Authenticator) -> None:
    await register(street, town, key)
    known = (await asked(street, town))["options"]["excludeCredentials"]
    assert len(known) == 2
    assert_refused(await register(street, town, key), 409, "E-CORE-CONFLICT")


async def test_a_passkey_of_one_tenant_opens_no_other(
    street: httpx2.AsyncClient, town: Town, key: Authenticator
) -> None:
    await register(street, town, key)
    assert_refused(await sign_in(street, key, host=BOB), 401, "E-AUTH-UNAUTH")


@pytest.mark.parametrize("response", [{}, {"id": "x"}, {"id": 5, "response": []}, {"id": "bm9uZQ", "response": {}}])
async def test_an_answer_without_sense_is_refused(
    response: dict[str, Any], street: httpx2.AsyncClient, town: Town
) -> None:
    body = {"token": (await wanted(street))["token"], "response": response}
    assert_refused(await street.post(f"{WA}/login", json=body), 401, "E-AUTH-UNAUTH")
    body = {"token": (await asked(street, town))["token"], "response": response}
    refused = await street.post(f"{WA}/reg", json=body, headers=bearer(town.token()))
    assert_refused(refused, 400, "E-VAL-INVALID")


async def test_guessing_is_slowed_down(street: httpx2.AsyncClient, town: Town, house: SmallHouse) -> None:
    house.limit(sign_in_failures=Rate(2, 300))
    body = {"token": "x", "response": {"id": "y"}}
    statuses = [(await street.post(f"{WA}/login", json=body)).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


async def test_one_sees_and_removes_ones_own(street: httpx2.AsyncClient, town: Town, key: Authenticator) -> None:
    await register(street, town, key)
    mine = (await street.get(f"{WA}/reg", headers=bearer(town.token()))).json()["data"]
    assert [one.get("name") for one in mine] == ["old", "a blue key"]
    url = f"{WA}/reg/{mine[1]['keyId']}"
    assert_refused(await street.delete(url, headers=bearer(town.token("vera"))), 404, "E-CORE-NOTFOUND")
    removed = await street.delete(url, headers=bearer(town.token()))
    assert (removed.status_code, removed.json()["data"]) == (200, None)
    assert_refused(await sign_in(street, key), 401, "E-AUTH-UNAUTH")


async def test_who_left_the_tenant_does_not_come_back_with_a_passkey(
    street: httpx2.AsyncClient, town: Town, key: Authenticator
) -> None:
    await register(street, town, key)
    await Membership.filter(tenant_id=town.tenants[ALICE].id, user_id=town.people["alice"].id).delete()
    assert_refused(await sign_in(street, key), 401, "E-AUTH-UNAUTH")


async def test_elsewhere_the_host_that_was_asked_is_the_party(street: httpx2.AsyncClient, town: Town) -> None:
    headers = {**bearer(town.token()), "host": "localhost:8080"}
    challenge = (await street.get(f"{WA}/reg-challenge", headers=headers)).json()["data"]
    assert challenge["options"]["rp"]["id"] == "localhost"
    answer = Authenticator("https://localhost:8080").register(challenge["options"])
    body = {"token": challenge["token"], "response": answer}
    assert (await street.post(f"{WA}/reg", json=body, headers=headers)).status_code == 201


async def test_upkeep_removes_what_nobody_answered(
    street: httpx2.AsyncClient, ports: Ports, town: Town, clock: FakeClock
) -> None:
    await asked(street, town)
    assert await PasskeyChallenge.all().count() == 1
    clock.advance(301)
    await prune(ports)
    assert await PasskeyChallenge.all().count() == 0
