"""Tokens made from other credentials: every way to one, what it opens, and everything that it does not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from domain.access import Actor
from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.accounts.revoke_api_key import revoke_api_key
from domain.errors import Unauthenticated
from domain.models import AccessLevel, ApiKey, File, Ref, Share, Tenant, TenantKind
from domain.ports import Ports
from domain.refs.delete_ref import delete_ref
from domain.tenants.signing_keys import rotate_signing_key
from tests.fakes import FakeClock
from tests.rest_compat.cloudillo.test_every_endpoint import assert_refused
from tests.rest_compat.cloudillo.test_sign_in import LADDER, claims_of, works
from tests.rest_compat.cloudillo.town import ALICE, BOB, SYSTEM, TEAM, Town, bearer
from tests.rest_compat.houses import SmallHouse

AT_TEAM = {"host": f"cl-o.{TEAM}"}
AT_BOB = {"host": f"cl-o.{BOB}"}


async def access(
    client: httpx2.AsyncClient, by: str | None = None, /, headers: Mapping[str, str] | None = None, **query: str
) -> httpx2.Response:
    """by: the bearer's token."""
    sent = {**(bearer(by) if by else {}), **(headers or {})}
    return await client.get("/api/auth/access-token", params=query, headers=sent)


async def made(
    client: httpx2.AsyncClient, by: str | None = None, /, headers: Mapping[str, str] | None = None, **query: str
) -> dict[str, Any]:
    response = await access(client, by, headers=headers, **query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["data"]
    return found


async def seen(client: httpx2.AsyncClient, token: str, file: str) -> int:
    response = await client.get(f"/api/files/{file}/metadata", headers=bearer(token))
    return response.status_code


async def actor_of(ports: Ports, token: str, door: str = "cloudillo") -> Actor:
    return await authenticate(ports, Credential(CredentialKind.ANY, token, door))


async def test_a_bearer_gets_another_token_of_the_same_session(street: httpx2.AsyncClient, town: Town) -> None:
    got = await made(street, town.token())
    assert set(got) == {"token", "expiresAt"}
    before, after = claims_of(town.token()), claims_of(got["token"])
    assert (after["cred"], after["r"], got["expiresAt"]) == (before["cred"], ",".join(LADDER), after["exp"])
    assert await works(street, got["token"]) == 200


async def test_nothing_given_is_refused(street: httpx2.AsyncClient, town: Town) -> None:
    assert_refused(await access(street), 401, "E-AUTH-UNAUTH")
    assert_refused(await access(street, "not.a.token"), 401, "E-AUTH-UNAUTH")
    assert_refused(await access(street, town.token("bob", BOB)), 401, "E-AUTH-UNAUTH")


async def test_a_token_for_one_file_opens_that_file_and_nothing_else(
    street: httpx2.AsyncClient, town: Town, ports: Ports
) -> None:
    document, inner = town.values["document"], town.values["inner"]
    got = await made(street, town.token(), scope=f"file:{document}:R")
    assert got["scope"] == f"file:{document}:R"
    token = got["token"]
    assert [await seen(street, token, file) for file in (document, inner)] == [200, 404]
    renamed = await street.patch(f"/api/files/{document}", json={"fileName": "x"}, headers=bearer(token))
    assert renamed.status_code in (403, 404)
    assert_refused(await access(street, token), 403, "E-AUTH-NOPERM")
    for method, path in (("GET", "/api/auth/wa/reg"), ("PATCH", "/api/me"), ("GET", "/api/refs"), ("GET", "/api/tags")):
        response = await street.request(method, path, json={}, headers=bearer(token))
        assert_refused(response, 403, "E-AUTH-NOPERM")


@pytest.mark.parametrize("scope", ["file:{document}:W", "apkg:publish", "carddav:read,caldav:write"])
async def test_no_other_door_takes_a_token_with_a_scope(
    scope: str, street: httpx2.AsyncClient, town: Town, ports: Ports
) -> None:
    token = (await made(street, town.token(), scope=town.filled(scope)))["token"]
    assert (await actor_of(ports, token)).user_id == town.people["alice"].id
    for door in ("graphql", "console", "skyport"):
        with pytest.raises(Unauthenticated):
            await actor_of(ports, token, door)
    assert (await street.get("/api/tags", headers=bearer(token))).status_code == 403


async def test_a_scope_never_gives_what_its_person_has_not(
    street: httpx2.AsyncClient, town: Town, ports: Ports
) -> None:
    document, inner = town.values["document"], town.values["inner"]
    assert_refused(await access(street, town.token("vera"), scope=f"file:{inner}:R"), 404, "E-CORE-NOTFOUND")
    assert_refused(await access(street, town.token("vera"), scope=f"file:{document}:W"), 403, "E-AUTH-NOPERM")
    token = (await made(street, town.token("vera"), scope=f"file:{document}:R"))["token"]
    assert await seen(street, token, document) == 200
    await Share.filter(user_id=town.people["vera"].id).delete()
    assert await seen(street, token, document) == 404


@pytest.mark.parametrize("scope", ["everything", "file:x", "file:{document}:A", "apkg:publish,root", ","])
async def test_a_scope_that_does_not_exist_is_refused(scope: str, street: httpx2.AsyncClient, town: Town) -> None:
    assert_refused(await access(street, town.token(), scope=town.filled(scope)), 403, "E-AUTH-NOPERM")


async def test_a_link_makes_a_guest_of_one_file(street: httpx2.AsyncClient, town: Town, ports: Ports) -> None:
    document = town.values["document"]
    got = await made(street, refId=town.values["ref"])
    token = got.pop("token")
    expires_at = got.pop("expiresAt")
    assert got == {
        "scope": f"file:{document}:C",
        "resourceId": document,
        "accessLevel": "comment",
        "params": "mode=x",
    }
    assert claims_of(token)["exp"] == expires_at
    assert "sub" not in claims_of(token)
    guest = await actor_of(ports, token)
    row = await File.get(public_id=document)
    assert (guest.user_id, guest.memberships, guest.platform_role) == (None, {}, None)
    assert guest.file_scope is not None
    assert (guest.file_scope.file_id, guest.file_scope.level, guest.file_scope.grants) == (
        row.id,
        AccessLevel.COMMENT,
        True,
    )
    assert [await seen(street, token, town.values[name]) for name in ("document", "inner")] == [200, 404]
    with pytest.raises(Unauthenticated):
        await actor_of(ports, token, "graphql")
    assert_refused(await access(street, token), 403, "E-AUTH-NOPERM")


async def test_a_link_is_used_up_and_its_holder_may_renew(street: httpx2.AsyncClient, town: Town) -> None:
    once = town.values["once"]
    token = (await made(street, refId=once))["token"]
    assert (await Ref.get(ref_id=once)).uses_left == 0
    assert_refused(await access(street, refId=once), 400, "E-VAL-INVALID")
    assert_refused(await access(street, refId=once, refresh="true"), 400, "E-VAL-INVALID")
    again = await made(street, token, refId=once, refresh="true")
    assert await seen(street, again["token"], town.values["document"]) == 200


async def test_a_deleted_or_expired_link_ends_its_tokens(
    street: httpx2.AsyncClient, town: Town, ports: Ports, house: SmallHouse, clock: FakeClock
) -> None:
    deleted = (await made(street, refId=town.values["ref"]))["token"]
    await Ref.filter(ref_id=town.values["once"]).update(expires_at=clock.now() + timedelta(seconds=60))
    short = await made(street, refId=town.values["once"])
    assert short["expiresAt"] == int(clock.now().timestamp()) + 60
    alice = await actor_of(ports, town.token())
    await delete_ref(ports, alice, town.values["ref"])
    house.identities.clear()
    assert await seen(street, deleted, town.values["document"]) in (401, 404)
    with pytest.raises(Unauthenticated):
        await actor_of(ports, deleted)
    clock.advance(61)
    with pytest.raises(Unauthenticated):
        await actor_of(ports, short["token"])


@pytest.mark.parametrize("ref_id", ["", "unknownunknownunknownunk", "x" * 500])
async def test_an_unknown_link_is_invalid(ref_id: str, street: httpx2.AsyncClient, town: Town) -> None:
    response = await access(street, refId=ref_id)
    assert response.status_code == (400 if ref_id else 401)


async def test_a_link_of_another_tenant_is_invalid(street: httpx2.AsyncClient, town: Town) -> None:
    assert_refused(await access(street, headers=AT_BOB, refId=town.values["ref"]), 400, "E-VAL-INVALID")


async def test_via_a_file_one_reaches_what_it_holds(street: httpx2.AsyncClient, town: Town, house: SmallHouse) -> None:
    document, inner = town.values["document"], town.values["inner"]
    got = await made(street, town.token("vera"), via=document, scope=f"file:{inner}:W")
    assert (got["resourceId"], got["accessLevel"], got["scope"]) == (inner, "read", f"file:{inner}:R")
    assert [await seen(street, got["token"], file) for file in (inner, document)] == [200, 404]
    await Share.filter(subject=document).delete()
    house.identities.clear()
    assert (await street.get(f"/api/files/{inner}/shares", headers=bearer(got["token"]))).status_code == 401


async def test_a_guest_of_a_link_reaches_what_its_file_holds(street: httpx2.AsyncClient, town: Town) -> None:
    document, inner = town.values["document"], town.values["inner"]
    link = (await made(street, refId=town.values["ref"]))["token"]
    got = await made(street, link, via=document, scope=f"file:{inner}:W")
    assert (got["accessLevel"], await seen(street, got["token"], inner)) == ("comment", 200)


async def test_via_needs_a_scope_somebody_and_a_link(street: httpx2.AsyncClient, town: Town) -> None:
    document, inner, tree = (town.values[name] for name in ("document", "inner", "tree"))
    assert_refused(await access(street, town.token(), via=document), 400, "E-VAL-INVALID")
    assert_refused(await access(street, town.token(), via=document, scope="apkg:publish"), 400, "E-VAL-INVALID")
    assert_refused(await access(street, via=document, scope=f"file:{inner}:R"), 401, "E-AUTH-UNAUTH")
    for file in (tree, "nothing"):
        assert_refused(await access(street, town.token(), via=document, scope=f"file:{file}:R"), 403, "E-AUTH-NOPERM")
    response = await access(street, town.token("vera"), via=inner, scope=f"file:{document}:R")
    assert_refused(response, 404, "E-CORE-NOTFOUND")


async def test_a_key_gets_a_token_that_ends_with_it(
    street: httpx2.AsyncClient, town: Town, ports: Ports, house: SmallHouse
) -> None:
    token = (await made(street, apiKey=town.values["key_text"]))["token"]
    assert await works(street, token) == 200
    scoped = await made(street, apiKey=town.values["key_text"], scope="apkg:publish")
    assert scoped["scope"] == "apkg:publish"
    await revoke_api_key(ports, SYSTEM, town.values["key"])
    house.identities.clear()
    assert await works(street, token) == 401
    for key in (town.values["key_text"], "cl_nonsense", "a.b.c"):
        assert_refused(await access(street, apiKey=key), 403, "E-AUTH-NOPERM")


async def test_a_read_only_key_makes_read_only_tokens(street: httpx2.AsyncClient, town: Town, ports: Ports) -> None:
    await ApiKey.filter(id=town.values["key"]).update(read_only=True)
    token = (await made(street, apiKey=town.values["key_text"]))["token"]
    assert (await actor_of(ports, token)).read_only
    refused = await street.patch("/api/me", json={"name": "x"}, headers=bearer(token))
    assert_refused(refused, 403, "E-AUTH-NOPERM")


async def test_a_key_of_another_tenant_is_not_good_here(street: httpx2.AsyncClient, town: Town) -> None:
    response = await access(street, headers=AT_BOB, apiKey=town.values["key_text"])
    assert_refused(response, 403, "E-AUTH-NOPERM")


async def proxy(client: httpx2.AsyncClient, token: str, for_whom: str, headers: dict[str, str]) -> str:
    response = await client.get(
        "/api/auth/proxy-token", params={"idTag": for_whom}, headers={**bearer(token), **headers}
    )
    assert response.status_code == 200, response.text
    return str(response.json()["data"]["token"])


async def test_a_tenants_own_signature_opens_another_tenant(street: httpx2.AsyncClient, town: Town) -> None:
    signed = await proxy(street, town.token("bob", BOB), TEAM, AT_BOB)
    claims = claims_of(signed)
    assert (claims["iss"], claims["aud"], claims["t"], claims["exp"] - claims["iat"]) == (BOB, TEAM, "PROXY", 300)
    published = (await street.get("/api/me", headers=AT_BOB)).json()["data"]["keys"]
    assert [key["keyId"] for key in published] == [claims["k"]]
    got = (await access(street, headers=AT_TEAM, token=signed)).json()["data"]
    inside = claims_of(got["token"])
    assert (inside["iss"], inside["sub"], inside["r"]) == (TEAM, BOB, ",".join(LADDER[:4]))
    assert await works(street, got["token"], AT_TEAM) == 200


async def test_who_is_no_member_comes_as_a_guest(street: httpx2.AsyncClient, town: Town, ports: Ports) -> None:
    signed = await proxy(street, town.token("bob", BOB), ALICE, AT_BOB)
    token = (await made(street, token=signed))["token"]
    assert claims_of(token)["r"] == "public"
    guest = await actor_of(ports, token)
    assert (guest.user_id, dict(guest.memberships), guest.id_tag) == (town.people["bob"].id, {}, BOB)
    assert await seen(street, token, town.values["document"]) == 404
    assert (await street.get("/api/files", headers=bearer(token))).json()["data"] == []
    refused = await street.post("/api/files", json={"fileTp": "CRDT"}, headers=bearer(token))
    assert_refused(refused, 403, "E-AUTH-NOPERM")


async def test_a_signature_is_believed_for_its_audience_its_time_and_its_key(
    street: httpx2.AsyncClient, town: Town, ports: Ports, clock: FakeClock
) -> None:
    signed = await proxy(street, town.token("bob", BOB), TEAM, AT_BOB)
    assert_refused(await access(street, token=signed), 401, "E-AUTH-UNAUTH")
    head, body, signature = signed.split(".")
    forged = f"{head}.{body}.{signature[:-4]}AAAA"
    for bad in (forged, town.token(), "x.y.z", "nothing", f"{head}.{body}."):
        assert_refused(await access(street, headers=AT_TEAM, token=bad), 401, "E-AUTH-UNAUTH")
    await rotate_signing_key(ports, SYSTEM, town.tenants[BOB].id)
    assert (await access(street, headers=AT_TEAM, token=signed)).status_code == 200
    keys = (await street.get("/api/me", headers=AT_BOB)).json()["data"]["keys"]
    assert ["expiresAt" in key for key in keys] == [False, True]
    clock.advance(301)
    assert_refused(await access(street, headers=AT_TEAM, token=signed), 401, "E-AUTH-UNAUTH")


async def test_a_community_signs_but_is_nobody_elsewhere(street: httpx2.AsyncClient, town: Town) -> None:
    signed = await proxy(street, town.token("alice", TEAM), BOB, AT_TEAM)
    assert_refused(await access(street, headers=AT_BOB, token=signed), 401, "E-AUTH-UNAUTH")


async def test_only_owners_speak_for_a_tenant(street: httpx2.AsyncClient, town: Town) -> None:
    for token, headers in ((town.token("vera"), {}), (town.token("bob", TEAM), AT_TEAM)):
        response = await street.get(
            "/api/auth/proxy-token", params={"idTag": BOB}, headers={**bearer(token), **headers}
        )
        assert_refused(response, 403, "E-AUTH-NOPERM")
    own = await street.get("/api/auth/proxy-token", headers=bearer(town.token("vera")))
    assert own.json()["data"]["roles"] == LADDER[:3]


async def test_the_first_that_is_given_counts(street: httpx2.AsyncClient, town: Town) -> None:
    both = await made(street, town.token(), refId=town.values["ref"], apiKey="cl_wrong")
    assert both["accessLevel"] == "comment"
    refused = await access(street, town.token(), token="no.proxy.token", refId=town.values["ref"])
    assert_refused(refused, 401, "E-AUTH-UNAUTH")


async def test_an_unknown_issuer_is_nobody(street: httpx2.AsyncClient, town: Town) -> None:
    signed = await proxy(street, town.token("bob", BOB), ALICE, AT_BOB)
    await Tenant.filter(id_tag=BOB).update(id_tag="robert.example.org", kind=TenantKind.PERSON)
    assert_refused(await access(street, token=signed), 401, "E-AUTH-UNAUTH")
