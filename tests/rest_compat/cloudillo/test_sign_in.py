"""Signing in and out by password: who gets a token, what it says, and when it ends."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx2
import pytest

from domain.accounts.disable_user import disable_user
from domain.limits import Rate
from domain.models import AuditEntry, Membership, PlatformRole, Session, Tenant, TenantKind, User
from domain.ports import Ports
from domain.tenants.give_id_tag import give_id_tag
from domain.tenants.remove_member import remove_member
from tests.domain.people import PASSWORD
from tests.fakes import FakeClock
from tests.rest_compat.cloudillo.test_every_endpoint import assert_refused
from tests.rest_compat.cloudillo.town import ALICE, BOB, SYSTEM, TEAM, Town, bearer
from tests.rest_compat.houses import SmallHouse

LADDER = ["public", "follower", "supporter", "contributor", "moderator", "leader"]
AT_TEAM = {"host": f"cl-o.{TEAM}"}
AT_DEFAULT = {"host": "127.0.0.1"}


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return read


async def sign_in(
    client: httpx2.AsyncClient, id_tag: str = ALICE, password: str = PASSWORD, headers: dict[str, str] | None = None
) -> httpx2.Response:
    return await client.post("/api/auth/login", json={"idTag": id_tag, "password": password}, headers=headers)


async def works(client: httpx2.AsyncClient, token: str, headers: dict[str, str] | None = None) -> int:
    """The status of a request that needs somebody."""
    response = await client.get("/api/auth/wa/reg", headers={**bearer(token), **(headers or {})})
    return response.status_code


async def test_a_login_says_who_one_is(street: httpx2.AsyncClient, town: Town, clock: FakeClock) -> None:
    login = (await sign_in(street)).json()["data"]
    assert isinstance(login["tnId"], int)
    assert login["tnId"] < 2**53
    token = login.pop("token")
    login.pop("tnId")
    assert login == {"idTag": ALICE, "name": "Alice", "profilePic": "", "roles": LADDER, "settings": []}
    claims = claims_of(token)
    assert (claims["iss"], claims["r"], claims["exp"] - claims["iat"]) == (ALICE, ",".join(LADDER), 3600)
    assert "sub" not in claims
    assert await works(street, token) == 200


async def test_the_number_of_a_tenant_is_stable_and_its_own(street: httpx2.AsyncClient, town: Town) -> None:
    first, again = [(await sign_in(street)).json()["data"]["tnId"] for _ in range(2)]
    other = (await sign_in(street, BOB, headers=AT_DEFAULT)).json()["data"]["tnId"]
    assert first == again != other


@pytest.mark.parametrize(
    "id_tag", ["nobody.example.org", "", "alice", "a b", "\u0000", BOB, "alice@example.org", "x" * 300]
)
async def test_whatever_is_wrong_is_said_alike(id_tag: str, street: httpx2.AsyncClient, town: Town) -> None:
    response = await sign_in(street, id_tag)
    if id_tag in ("", "\u0000"):
        assert_refused(response, 400, "E-VAL-INVALID")
        return
    assert_refused(response, 401, "E-AUTH-UNAUTH")
    wrong = await sign_in(street, ALICE, "not the password")
    assert response.json() == wrong.json()


async def test_a_username_is_no_id_tag(street: httpx2.AsyncClient, town: Town) -> None:
    before = await Session.all().count()
    assert (await sign_in(street, "alice", headers=AT_DEFAULT)).status_code == 401
    assert await Session.all().count() == before


async def test_an_id_tag_may_be_written_in_any_way(street: httpx2.AsyncClient, town: Town) -> None:
    for written in (ALICE.upper(), f"{ALICE}.", f" {ALICE} "):
        assert (await sign_in(street, written)).status_code == 200


async def test_guessing_is_slowed_down(street: httpx2.AsyncClient, town: Town, house: SmallHouse) -> None:
    house.limit(sign_in_failures=Rate(3, 300))
    for _ in range(3):
        assert (await sign_in(street, password="guess")).status_code == 401
    refused = await sign_in(street)
    assert_refused(refused, 429, "E-RATE-LIMITED")
    assert int(refused.headers["retry-after"]) == refused.json()["error"]["details"]["retryAfter"] > 0


async def test_any_owner_of_a_community_signs_in_with_their_own_password(
    street: httpx2.AsyncClient, town: Town, house: SmallHouse
) -> None:
    house.limit(sign_in_failures=Rate(3, 300))
    await Membership.filter(tenant_id=town.tenants[TEAM].id, user_id=town.people["bob"].id).update(role="owner")
    await User.filter(id=town.people["alice"].id).update(password_hash=None)
    for _ in range(5):
        login = await sign_in(street, TEAM, headers=AT_TEAM)
        assert login.status_code == 200
    claims = claims_of(login.json()["data"]["token"])
    assert (claims["iss"], claims["sub"]) == (TEAM, BOB)


async def test_a_tenant_without_an_owner_lets_nobody_in(street: httpx2.AsyncClient, town: Town) -> None:
    await Membership.filter(tenant_id=town.tenants[ALICE].id).delete()
    assert_refused(await sign_in(street), 401, "E-AUTH-UNAUTH")


async def test_a_platform_owner_is_site_admin(street: httpx2.AsyncClient, town: Town) -> None:
    await User.filter(username="alice").update(platform_role=PlatformRole.OWNER)
    assert (await sign_in(street)).json()["data"]["roles"] == [*LADDER, "SADM"]


async def test_signing_out_ends_every_token_of_the_session(
    street: httpx2.AsyncClient, town: Town, house: SmallHouse
) -> None:
    token = (await sign_in(street)).json()["data"]["token"]
    narrowed = await street.get("/api/auth/access-token", headers=bearer(token))
    renewed = await street.get("/api/auth/login-token", headers=bearer(token))
    tokens = [token, narrowed.json()["data"]["token"], renewed.json()["data"]["token"]]
    assert [await works(street, one) for one in tokens] == [200] * 3
    other = (await sign_in(street)).json()["data"]["token"]
    out = await street.post("/api/auth/logout", headers=bearer(token))
    assert (out.status_code, out.json()["data"]) == (200, None)
    house.identities.clear()  # what the event does in a running house
    assert [await works(street, one) for one in tokens] == [401] * 3
    assert await works(street, other) == 200


async def test_a_key_may_be_ended_on_the_way_out(street: httpx2.AsyncClient, town: Town, house: SmallHouse) -> None:
    key = town.values["key_text"]
    assert await works(street, key) == 200
    await street.post("/api/auth/logout", json={"apiKey": key}, headers=bearer(town.token()))
    house.identities.clear()
    assert await works(street, key) == 401


async def test_somebody_elses_key_is_not_ended(street: httpx2.AsyncClient, town: Town, house: SmallHouse) -> None:
    body = {"apiKey": town.values["key_text"]}
    await street.post("/api/auth/logout", json=body, headers=bearer(town.token("vera")))
    house.identities.clear()
    assert await works(street, town.values["key_text"]) == 200


async def test_a_token_expires_after_an_hour_and_its_session_later(
    street: httpx2.AsyncClient, town: Town, clock: FakeClock
) -> None:
    token = (await sign_in(street)).json()["data"]["token"]
    clock.advance(3599)
    assert await works(street, token) == 200
    renewed = (await street.get("/api/auth/login-token", headers=bearer(token))).json()["data"]["token"]
    clock.advance(2)
    assert await works(street, token) == 401
    assert await works(street, renewed) == 200


async def test_login_token_is_null_for_who_is_not_signed_in(street: httpx2.AsyncClient, town: Town) -> None:
    for headers in ({}, bearer("nonsense"), bearer(town.token("bob", BOB))):
        response = await street.get("/api/auth/login-token", headers=headers)
        assert (response.status_code, response.json()["data"]) == (200, None)


async def test_login_init_knows_who_is_signed_in(street: httpx2.AsyncClient, town: Town) -> None:
    known = (await street.post("/api/auth/login-init", headers=bearer(town.token()))).json()["data"]
    assert (known["status"], known["login"]["idTag"], set(known)) == ("authenticated", ALICE, {"status", "login"})
    for headers in ({}, bearer("expired.or.so")):
        stranger = (await street.post("/api/auth/login-init", headers=headers)).json()["data"]
        assert stranger["status"] == "unauthenticated"
        assert set(stranger["qrLogin"]) == {"sessionId", "secret"}
        assert set(stranger["webAuthn"]) == {"options", "token"}


async def test_a_new_password_ends_the_other_sessions(
    street: httpx2.AsyncClient, town: Town, house: SmallHouse
) -> None:
    mine, other = [(await sign_in(street)).json()["data"]["token"] for _ in range(2)]
    body = {"currentPassword": PASSWORD, "newPassword": "a much better one"}
    changed = await street.post("/api/auth/password", json=body, headers=bearer(mine))
    assert (changed.status_code, changed.json()["data"]) == (200, None)
    house.identities.clear()
    assert [await works(street, one) for one in (mine, other)] == [200, 401]
    assert (await sign_in(street)).status_code == 401
    assert (await sign_in(street, password="a much better one")).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "status"),
    [(PASSWORD, "short", 400), (PASSWORD, " " * 12, 400), (PASSWORD, PASSWORD, 400), ("wrong one", "long enough", 403)],
)
async def test_a_password_that_will_not_do(
    current: str, new: str, status: int, street: httpx2.AsyncClient, town: Town
) -> None:
    body = {"currentPassword": current, "newPassword": new}
    response = await street.post("/api/auth/password", json=body, headers=bearer(town.token()))
    assert_refused(response, status, "E-VAL-INVALID" if status == 400 else "E-AUTH-NOPERM")
    assert (await sign_in(street)).status_code == 200


async def test_the_tenant_is_that_of_the_token_where_the_host_says_none(street: httpx2.AsyncClient, town: Town) -> None:
    me = await street.get("/api/me", headers={**AT_DEFAULT, **bearer(town.token("bob", BOB))})
    assert me.json()["data"]["idTag"] == BOB
    here = await street.get("/api/me", headers=bearer(town.token("bob", BOB)))
    assert here.json()["data"]["idTag"] == ALICE


async def test_a_token_of_a_former_id_tag_opens_nothing(
    street: httpx2.AsyncClient, town: Town, ports: Ports, house: SmallHouse
) -> None:
    token = town.token()
    await give_id_tag(ports, SYSTEM, town.tenants[ALICE].id, "alicia.example.org", TenantKind.PERSON)
    house.directory.clear()
    house.identities.clear()
    assert await works(street, token, {"host": "cl-o.alicia.example.org"}) == 401
    assert_refused(await street.get("/api/me"), 404, "E-CORE-NOTFOUND")
    again = await sign_in(street, "alicia.example.org", headers={"host": "cl-o.alicia.example.org"})
    assert again.json()["data"]["idTag"] == "alicia.example.org"


async def test_who_left_the_tenant_or_is_disabled_has_no_token(
    street: httpx2.AsyncClient, town: Town, ports: Ports, house: SmallHouse
) -> None:
    vera, token = town.people["vera"], town.token("vera")
    assert await works(street, token) == 200
    await remove_member(ports, SYSTEM, town.tenants[ALICE].id, vera.id)
    house.identities.clear()
    assert await works(street, token) == 401
    await disable_user(ports, SYSTEM, town.people["alice"].id)
    house.identities.clear()
    assert await works(street, town.token()) == 401


async def test_signing_in_is_written_down(street: httpx2.AsyncClient, town: Town) -> None:
    await sign_in(street)
    entry = await AuditEntry.filter(action="user.signed_in").order_by("-created_at").first()
    assert entry is not None
    assert (entry.door, entry.address, entry.tenant_id) == ("cloudillo", "192.0.2.7", town.tenants[ALICE].id)


async def test_tokens_of_other_doors_open_this_one_for_members(
    street: httpx2.AsyncClient, town: Town, ports: Ports
) -> None:
    from domain.accounts.sign_in import sign_in as sign_in_elsewhere

    token = (await sign_in_elsewhere(ports, "alice", PASSWORD)).access_token
    assert await works(street, token) == 200
    stranger = (await sign_in_elsewhere(ports, "bob", PASSWORD)).access_token
    assert await works(street, stranger) == 401


async def test_a_tenant_without_an_id_tag_is_nobody_here(street: httpx2.AsyncClient, town: Town) -> None:
    home = await Tenant.get(name="home of alice")
    assert home.id_tag is None
    shown = await street.get("/.well-known/cloudillo/id-tag", headers=AT_DEFAULT)
    assert_refused(shown, 404, "E-CORE-NOTFOUND")
