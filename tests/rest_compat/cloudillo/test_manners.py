"""What holds for the whole dialect: headers, CORS, rates, idempotency keys, the own profile, odd requests."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from domain.limits import Rate
from domain.models import ApiKey, PlatformRole, Tenant, User
from tests.fakes import FakeClock
from tests.rest_compat.cloudillo.test_every_endpoint import assert_refused
from tests.rest_compat.cloudillo.town import ALICE, BOB, TEAM, Town, bearer
from tests.rest_compat.houses import SmallHouse

ORIGIN = "https://app.example.org"
KEYS = "/api/auth/api-keys"


async def test_any_origin_may_come_unless_a_list_says_otherwise(
    street: httpx2.AsyncClient, town: Town, house: SmallHouse
) -> None:
    for path in ("/api/me", "/api/nothing", "/api/tags"):
        answer = await street.get(path, headers={"origin": ORIGIN})
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "X-Request-ID" in answer.headers["access-control-expose-headers"]
        assert answer.headers["vary"] == "Origin"
    house.cors_origins = (ORIGIN,)
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example", None), ("null", None)):
        answer = await street.get("/api/me", headers={"origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed
        assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in (await street.get("/api/me")).headers


async def test_browsers_may_ask_before_they_dare(street: httpx2.AsyncClient, town: Town) -> None:
    asked = {"origin": ORIGIN, "access-control-request-method": "PATCH"}
    plain = await street.options("/api/me", headers=asked)
    assert (plain.status_code, plain.content) == (204, b"")
    assert "PATCH" in plain.headers["access-control-allow-methods"]
    for name in ("Authorization", "Content-Type", "X-Request-ID", "X-QR-Secret", "Range"):
        assert name in plain.headers["access-control-allow-headers"]
    named = await street.options("/api/files/x", headers={**asked, "access-control-request-headers": "x-own"})
    assert named.headers["access-control-allow-headers"] == "x-own"


async def test_every_answer_tells_browsers_to_be_careful(street: httpx2.AsyncClient, town: Town) -> None:
    answer = await street.get("/api/tags", headers=bearer(town.token()))
    assert answer.headers["cache-control"] == "no-store, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    plain = await street.get(f"http://cl-o.{ALICE}/api/me")
    assert "strict-transport-security" not in plain.headers


async def test_strangers_are_counted_by_tenant_and_address(
    street: httpx2.AsyncClient, town: Town, house: SmallHouse, clock: FakeClock
) -> None:
    house.rates["cloudillo"] = Rate(2, 60.0)
    first, second, third = [await street.get("/api/me") for _ in range(3)]
    assert [one.headers["x-ratelimit-remaining"] for one in (first, second)] == ["1", "0"]
    assert first.headers["x-ratelimit-limit"] == "2"
    assert int(first.headers["x-ratelimit-reset"]) >= int(clock.now().timestamp())
    assert_refused(third, 429, "E-RATE-LIMITED")
    details = third.json()["error"]["details"]
    assert details == {"level": "tenant", "retryAfter": int(third.headers["retry-after"])}
    assert (await street.get("/api/me", headers={"host": f"cl-o.{BOB}"})).status_code == 200
    clock.advance(121)
    assert (await street.get("/api/me")).status_code == 200


async def test_who_is_signed_in_has_more_and_the_platforms_people_have_no_bound(
    street: httpx2.AsyncClient, town: Town, house: SmallHouse
) -> None:
    house.rates.update(cloudillo=Rate(1, 60.0), cloudillo_signed_in=Rate(3, 60.0))
    statuses = [(await street.get("/api/tags", headers=bearer(town.token()))).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    another = await street.get("/api/tags", headers=bearer(town.values["key_text"]))
    assert another.status_code == 429
    at_team = {**bearer(town.token("alice", TEAM)), "host": f"cl-o.{TEAM}"}
    assert (await street.get("/api/tags", headers=at_team)).headers["x-ratelimit-remaining"] == "2"
    await User.filter(username="alice").update(platform_role=PlatformRole.ADMIN)
    house.identities.clear()
    for _ in range(5):
        free = await street.get("/api/tags", headers=bearer(town.token()))
        assert free.status_code == 200
        assert "x-ratelimit-limit" not in free.headers


async def test_guessing_tokens_is_counted(street: httpx2.AsyncClient, town: Town, house: SmallHouse) -> None:
    house.rates["cloudillo"] = Rate(2, 60.0)
    statuses = [(await street.get("/api/tags", headers=bearer(f"guess{n}"))).status_code for n in range(3)]
    assert statuses == [401, 401, 429]


async def test_the_same_key_gets_the_same_reply_and_nothing_is_done_twice(
    street: httpx2.AsyncClient, town: Town, clock: FakeClock
) -> None:
    headers, before = bearer(town.token()), await ApiKey.all().count()
    body = {"name": "once", "idempotencyKey": "one"}
    first = await street.post(KEYS, json=body, headers=headers)
    again = await street.post(KEYS, json=body, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    assert await ApiKey.all().count() == before + 1
    other = await street.post(KEYS, json={**body, "name": "other"}, headers=headers)
    assert_refused(other, 409, "E-CORE-CONFLICT")
    by_header = await street.post(KEYS, json={"name": "x"}, headers={**headers, "idempotency-key": "two"})
    assert by_header.status_code == 201
    somebody = await street.post("/api/auth/logout", json={"idempotencyKey": "one"}, headers=bearer(town.token("vera")))
    assert somebody.status_code == 200


async def test_the_key_alone_is_body_enough(street: httpx2.AsyncClient, town: Town) -> None:
    path = f"/api/files/{town.values['document']}/duplicate"
    body, headers = {"idempotencyKey": "copy"}, bearer(town.token())
    one, two = [await street.post(path, json=body, headers=headers) for _ in range(2)]
    assert one.json()["data"]["fileId"] == two.json()["data"]["fileId"]


async def test_the_profile_is_shown_with_an_etag(street: httpx2.AsyncClient, town: Town) -> None:
    await Tenant.filter(id_tag=ALICE).update(picture_file_id="f1~pic", cover_file_id="f1~cover", extra={"a": "b"})
    shown = await street.get("/api/me")
    assert shown.json()["data"] == {
        "idTag": ALICE,
        "name": "Alice",
        "type": "person",
        "profilePic": "f1~pic",
        "coverPic": "f1~cover",
        "keys": [],
        "x": {"a": "b"},
    }
    same = await street.get("/api/me", headers={"if-none-match": shown.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    await Tenant.filter(id_tag=ALICE).update(name="Alicia")
    changed = await street.get("/api/me", headers={"if-none-match": shown.headers["etag"]})
    assert changed.status_code == 200
    team = await street.get("/api/me", headers={"host": f"cl-o.{TEAM}"})
    assert team.json()["data"]["type"] == "community"


async def change(client: httpx2.AsyncClient, town: Town, body: Any, person: str = "alice") -> httpx2.Response:
    return await client.patch("/api/me", json=body, headers=bearer(town.token(person)))


async def test_the_profile_is_changed_field_by_field(street: httpx2.AsyncClient, town: Town) -> None:
    first = await change(street, town, {"x": {"city": "Dom", "job": "cook"}})
    assert first.json()["data"]["profile"]["x"] == {"city": "Dom", "job": "cook"}
    second = await change(street, town, {"name": " Alicia ", "x": {"job": None, "pet": "cat"}})
    assert second.json()["data"] == {
        "profile": {"idTag": ALICE, "name": "Alicia", "type": "person", "x": {"city": "Dom", "pet": "cat"}}
    }
    third = await change(street, town, {"x": {"city": None, "pet": None}})
    assert "x" not in third.json()["data"]["profile"]
    assert (await change(street, town, {})).json()["data"]["profile"]["name"] == "Alicia"


@pytest.mark.parametrize(
    "body",
    [{"name": ""}, {"name": "x" * 101}, {"name": 5}, {"x": {"k" * 257: "v"}}, {"x": {"k": "v" * 4097}}, {"x": []}],
)
async def test_a_profile_that_will_not_do(body: Any, street: httpx2.AsyncClient, town: Town) -> None:
    assert_refused(await change(street, town, body), 400, "E-VAL-INVALID")


async def test_only_who_may_change_the_tenant_changes_its_profile(street: httpx2.AsyncClient, town: Town) -> None:
    assert_refused(await change(street, town, {"name": "Mine"}, "vera"), 403, "E-AUTH-NOPERM")


async def test_too_many_fields_are_refused(street: httpx2.AsyncClient, town: Town) -> None:
    response = await change(street, town, {"x": {str(n): "v" for n in range(101)}})
    assert_refused(response, 413, "E-FILE-TOOLARGE")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_content_type_without_a_body_does_no_harm(method: str, street: httpx2.AsyncClient, town: Town) -> None:
    path = {"GET": "/api/tags", "POST": "/api/auth/logout", "DELETE": "/api/trash"}[method]
    headers = {**bearer(town.token()), "content-type": "application/json"}
    assert (await street.request(method, path, headers=headers)).status_code == 200


async def test_unknown_paths_and_methods_are_refused_in_its_words(street: httpx2.AsyncClient, town: Town) -> None:
    assert_refused(await street.get("/api/nothing"), 404, "E-CORE-NOTFOUND")
    assert_refused(await street.get("/graphql"), 404, "E-CORE-NOTFOUND")
    wrong = await street.request("DELETE", "/api/me", headers=bearer(town.token()))
    assert_refused(wrong, 405, "E-VAL-INVALID")
    assert "PATCH" in wrong.headers["allow"]


async def test_a_body_beyond_the_limit_is_refused(street: httpx2.AsyncClient, town: Town) -> None:
    response = await street.post(KEYS, content=b"x" * (1024 * 1024 + 1), headers=bearer(town.token()))
    assert_refused(response, 413, "E-FILE-TOOLARGE")


async def test_a_token_in_the_query_is_taken_where_somebody_is_needed(street: httpx2.AsyncClient, town: Town) -> None:
    assert (await street.get("/api/tags", params={"token": town.token()})).status_code == 200
    document = town.values["document"]
    shown = await street.get(f"/api/files/{document}/metadata", params={"token": town.token()})
    assert shown.status_code == 200
    listed = await street.get("/api/auth/login-token", params={"token": town.token()})
    assert listed.json()["data"] is None
