"""People, sessions, keys: signed in here, seen there."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from domain.accounts.request_password_reset import request_password_reset
from gateway.graphql.caller import CSRF_HEADER
from gateway.graphql.cookies import REFRESH_COOKIE
from realtime.credentials import SESSION_COOKIE
from tests.domain.people import PASSWORD, SYSTEM
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.wire import wired

SIGN_IN = """
mutation($login: String!, $password: String!, $cookies: Boolean! = false, $tenant: String) {
  signIn(input: { login: $login, password: $password, cookies: $cookies, tenant: $tenant }) {
    accessToken refreshToken accessExpiresAt refreshExpiresAt user { id username email }
  }
}
"""
REFRESH = "mutation($token: String) { refresh(refreshToken: $token) { accessToken refreshToken } }"
VIEWER = """{ viewer { user { username email platformRole } tenant { slug } memberships { role tenant { slug } }
  scopes readOnly expiresAt } }"""
KEY = """
mutation($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { key apiKey { id door prefix user { username } scopes readOnly } }
}
"""
CSRF = {CSRF_HEADER: "1"}


async def signed_in(replica: Replica, login: str = "anna", **more: Any) -> dict[str, Any]:
    data = await replica.ask(SIGN_IN, {"login": login, "password": PASSWORD, **more})
    shown: dict[str, Any] = data["signIn"]
    return shown


async def test_sign_in_gives_tokens_that_work(replica: Replica, people: People) -> None:
    session = await signed_in(replica, "ANNA@example.org")
    assert session["user"] == {"id": str(people.anna.user.id), "username": "anna", "email": "anna@example.org"}
    viewer = (await replica.ask(VIEWER, token=session["accessToken"]))["viewer"]
    assert viewer["user"]["username"] == "anna"
    assert viewer["memberships"] == [{"role": "OWNER", "tenant": {"slug": people.anna.tenant.slug}}]
    assert viewer["tenant"] == {"slug": people.anna.tenant.slug}
    assert "instances:write" in viewer["scopes"]
    assert "nodes:write" not in viewer["scopes"]
    assert viewer["expiresAt"] == session["accessExpiresAt"]


@pytest.mark.parametrize(("login", "password"), [("anna", "wrong password"), ("nobody", PASSWORD), ("", "")])
async def test_wrong_is_wrong(replica: Replica, people: People, login: str, password: str) -> None:
    response = await replica.post(SIGN_IN, {"login": login, "password": password})
    assert response.status_code == 200
    error = response.json()["errors"][0]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert error["extensions"]["details"] == {"reason": "wrong"}
    assert response.json()["data"] == {"signIn": None}


async def test_a_session_can_be_narrowed_to_a_tenant(replica: Replica, people: People) -> None:
    session = await signed_in(replica, "root", tenant=str(people.root.tenant.id))
    viewer = (await replica.ask(VIEWER, token=session["accessToken"]))["viewer"]
    assert "nodes:write" not in viewer["scopes"]


async def test_refresh_rotates_and_a_token_used_twice_ends_the_session(replica: Replica, people: People) -> None:
    first = await signed_in(replica)
    second = (await replica.ask(REFRESH, {"token": first["refreshToken"]}))["refresh"]
    await replica.ask(VIEWER, token=second["accessToken"])
    assert (await replica.refused(REFRESH, {"token": first["refreshToken"]}))["extensions"]["code"] == "UNAUTHENTICATED"
    while (await replica.post(VIEWER, token=second["accessToken"])).status_code == 200:
        """Until the news is through: the token itself does not say to which session it belongs."""
    assert (await replica.refused(REFRESH, {"token": second["refreshToken"]}))["extensions"][
        "code"
    ] == "UNAUTHENTICATED"


async def test_whose_token_has_ended_may_still_refresh_and_nothing_else(replica: Replica, people: People) -> None:
    first = await signed_in(replica)
    await replica.ask("mutation { signOut }", token=first["accessToken"])
    response = await replica.post("{ serverInfo { version } }", token=first["accessToken"])
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["errors"][0]["extensions"]["details"] == {"reason": "revoked"}
    fresh = await replica.post(
        SIGN_IN, {"login": "anna", "password": PASSWORD}, headers={"authorization": f"Bearer {first['accessToken']}"}
    )
    assert fresh.json()["data"]["signIn"]["accessToken"]


async def test_sign_out_ends_the_session(replica: Replica, people: People) -> None:
    session = await signed_in(replica)
    assert await replica.ask("mutation { signOut }", token=session["accessToken"]) == {"signOut": True}
    assert (await replica.refused(VIEWER, token=session["accessToken"]))["extensions"]["details"] == {
        "reason": "revoked"
    }
    error = await replica.refused("mutation { signOut }", token=people.anna.token)
    assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_cookies_hold_the_tokens_where_scripts_do_not_see_them(replica: Replica, people: People) -> None:
    async with httpx2.AsyncClient() as browser:
        login = {"query": SIGN_IN, "variables": {"login": "anna", "password": PASSWORD, "cookies": True}}
        response = await browser.post(replica.url, json=login)
        shown = response.json()["data"]["signIn"]
        assert (shown["accessToken"], shown["refreshToken"]) == (None, None)
        set_cookies = response.headers.get_list("set-cookie")
        assert len(set_cookies) == 2
        for text in set_cookies:
            assert "HttpOnly" in text
            assert "SameSite=strict" in text
        assert (await browser.post(replica.url, json={"query": VIEWER}, headers=CSRF)).status_code == 200
        session = browser.cookies[SESSION_COOKIE]
        again = await browser.post(replica.url, json={"query": REFRESH}, headers=CSRF)
        assert again.json()["data"]["refresh"] == {"accessToken": None, "refreshToken": None}
        assert browser.cookies[SESSION_COOKIE] != session
        out = await browser.post(replica.url, json={"query": "mutation { signOut }"}, headers=CSRF)
        assert out.json() == {"data": {"signOut": True}}
        assert SESSION_COOKIE not in browser.cookies
        assert REFRESH_COOKIE not in browser.cookies


async def test_a_cookie_alone_proves_nothing(replica: Replica, people: People) -> None:
    session = await signed_in(replica)
    cookies = {"cookie": f"{SESSION_COOKIE}={session['accessToken']}; {REFRESH_COOKIE}={session['refreshToken']}"}
    own = f"http://127.0.0.1:{replica.port}"
    for headers, status in (
        ({}, 403),
        ({"origin": own}, 403),
        ({**CSRF, "origin": "https://evil.example"}, 403),
        ({**CSRF, "origin": "null"}, 403),
        ({**CSRF, "origin": f"http://127.0.0.1:{replica.port + 1}"}, 403),
        (CSRF, 200),
        ({**CSRF, "origin": own}, 200),
    ):
        response = await replica.post(VIEWER, headers={**cookies, **headers})
        assert response.status_code == status, headers
    stolen = await replica.post(REFRESH, headers=cookies)
    assert stolen.json()["errors"][0]["extensions"]["details"] == {"reason": "missing"}
    async with httpx2.AsyncClient() as client:
        by_get = await client.get(replica.url, params={"query": VIEWER}, headers=cookies)
    assert by_get.status_code == 403


async def test_a_bearer_needs_no_proof_and_wins_over_a_cookie(replica: Replica, people: People) -> None:
    session = await signed_in(replica, "bert")
    response = await replica.post(
        VIEWER,
        token=people.anna.token,
        headers={"cookie": f"{SESSION_COOKIE}={session['accessToken']}", "origin": "https://elsewhere.example"},
    )
    assert response.json()["data"]["viewer"]["user"]["username"] == "anna"


async def test_cookies_cannot_be_set_over_a_socket(replica: Replica, people: People) -> None:
    async with wired(replica.socket_url) as wire:
        await wire.subscribe(SIGN_IN, {"login": "anna", "password": PASSWORD, "cookies": True})
        assert (await wire.hear())["payload"]["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
        await wire.hear()
        await wire.subscribe(SIGN_IN, {"login": "anna", "password": PASSWORD}, id="2")
        assert (await wire.next_data())["signIn"]["accessToken"]


async def test_passwords_are_changed_and_reset(replica: Replica, people: People) -> None:
    session = await signed_in(replica)
    change = "mutation($c: String!, $n: String!) { changePassword(current: $c, new: $n) }"
    error = await replica.refused(change, {"c": "wrong one", "n": "a new password"}, token=session["accessToken"])
    assert error["extensions"]["code"] == "FORBIDDEN"
    await replica.ask(change, {"c": PASSWORD, "n": "a new password"}, token=session["accessToken"])
    with replica.inside():
        token = await request_password_reset(replica.house.ports, SYSTEM, "anna@example.org")
    reset = "mutation($t: String!, $n: String!) { resetPassword(token: $t, new: $n) }"
    assert (await replica.refused(reset, {"t": token, "n": "short"}))["extensions"]["details"] == {"field": "new"}
    assert await replica.ask(reset, {"t": token, "n": "yet another one"}) == {"resetPassword": True}
    assert (await replica.refused(reset, {"t": token, "n": "and once more"}))["extensions"]["details"] == {
        "field": "token"
    }
    await replica.ask(SIGN_IN, {"login": "anna", "password": "yet another one"})


async def test_keys_are_made_shown_once_and_revoked(replica: Replica, people: People) -> None:
    wanted = {"name": "ci", "scopes": ["instances:read"], "readOnly": True}
    made = (await replica.ask(KEY, {"input": wanted}, token=people.anna.token))["createApiKey"]
    assert made["key"].startswith(made["apiKey"]["prefix"])
    assert made["apiKey"]["user"] == {"username": "anna"}
    viewer = (await replica.ask("{ viewer { scopes readOnly } }", token=made["key"]))["viewer"]
    assert (viewer["scopes"], viewer["readOnly"]) == (["instances:read"], True)
    keys = (
        "query($f: ApiKeyFilter) { apiKeys(filter: $f) { totalCount nodes { id name revokedAt user { username } } } }"
    )
    listed = (await replica.ask(keys, token=people.anna.token))["apiKeys"]
    assert {node["name"] for node in listed["nodes"]} >= {"ci"}
    assert {node["user"]["username"] for node in listed["nodes"]} <= {"anna", "vera"}
    revoke = "mutation($id: ID!) { revokeApiKey(id: $id) { revokedAt } }"
    assert (await replica.refused(revoke, {"id": made["apiKey"]["id"]}, token=people.bert.token))["extensions"][
        "code"
    ] == "NOT_FOUND"
    assert (await replica.ask(revoke, {"id": made["apiKey"]["id"]}, token=people.anna.token))["revokeApiKey"][
        "revokedAt"
    ]
    assert (await replica.post(VIEWER, token=made["key"])).status_code == 401
    with_revoked = await replica.ask(keys, {"f": {"withRevoked": True}}, token=people.anna.token)
    assert with_revoked["apiKeys"]["totalCount"] == listed["totalCount"]


@pytest.mark.parametrize(
    ("wanted", "code", "field"),
    [
        ({"door": "nonsense"}, "INVALID_INPUT", "door"),
        ({"scopes": ["nonsense"]}, "INVALID_INPUT", "scopes"),
        ({"scopes": ["nodes:write"]}, "FORBIDDEN", None),
        ({"door": "skyport"}, "FORBIDDEN", None),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "INVALID_INPUT", "expiresAt"),
    ],
)
async def test_a_key_never_gives_more(
    replica: Replica, people: People, wanted: dict[str, Any], code: str, field: str | None
) -> None:
    error = await replica.refused(KEY, {"input": wanted}, token=people.anna.token)
    assert error["extensions"]["code"] == code
    assert error["extensions"].get("details", {}).get("field") == field


async def test_a_read_only_key_changes_nothing(replica: Replica, people: People) -> None:
    made = (await replica.ask(KEY, {"input": {"readOnly": True}}, token=people.anna.token))["createApiKey"]
    error = await replica.refused('mutation { createTenant(input: { name: "x" }) { id } }', token=made["key"])
    assert error["message"] == "This credential may only read."


async def test_users_are_added_by_the_platform_and_seen_by_those_who_may(replica: Replica, people: People) -> None:
    add = "mutation($input: CreateUserInput!) { createUser(input: $input) { id username externalId platformRole } }"
    wanted = {"username": "carl", "email": "carl@example.org", "password": PASSWORD, "externalId": "x-1"}
    assert (await replica.refused(add, {"input": wanted}, token=people.anna.token))["extensions"]["code"] == "FORBIDDEN"
    made = (await replica.ask(add, {"input": wanted}, token=people.root.token))["createUser"]
    assert (made["username"], made["externalId"], made["platformRole"]) == ("carl", "x-1", None)
    error = await replica.refused(add, {"input": wanted}, token=people.root.token)
    assert error["extensions"]["code"] == "CONFLICT"
    users = "query($f: UserFilter) { users(filter: $f, orderBy: USERNAME, direction: DESC) { nodes { username } } }"
    everybody = (await replica.ask(users, token=people.root.token))["users"]["nodes"]
    assert [user["username"] for user in everybody] == ["vera", "root", "carl", "bert", "anna"]
    assert (await replica.ask(users, {"f": {"search": "CA"}}, token=people.root.token))["users"]["nodes"] == [
        {"username": "carl"}
    ]
    of_platform = {"platformRole": "OWNER", "disabled": False}
    assert (await replica.ask(users, {"f": of_platform}, token=people.root.token))["users"]["nodes"] == [
        {"username": "root"}
    ]
    seen = (await replica.ask(users, token=people.anna.token))["users"]["nodes"]
    assert [user["username"] for user in seen] == ["vera", "anna"]
    assert (await replica.refused(users, token=people.vera.token))["extensions"]["code"] == "FORBIDDEN"


async def test_the_audit_log_tells_who_did_what(replica: Replica, people: People) -> None:
    await signed_in(replica)
    await replica.refused(SIGN_IN, {"login": "anna", "password": "wrong password"})
    log = "query($f: AuditFilter) { auditLog(filter: $f) { nodes { action door userId address details createdAt } } }"
    nodes = (await replica.ask(log, {"f": {"action": "user."}}, token=people.anna.token))["auditLog"]["nodes"]
    assert [node["action"] for node in nodes][:2] == ["user.sign_in_failed", "user.signed_in"]
    assert nodes[1]["userId"] == str(people.anna.user.id)
    assert (nodes[1]["door"], nodes[1]["address"]) == ("graphql", "127.0.0.1")
    others = await replica.ask(log, {"f": {"action": "user.signed_in"}}, token=people.bert.token)
    assert others["auditLog"]["nodes"] == []
    assert (await replica.refused(log, token=people.vera.token))["extensions"]["code"] == "FORBIDDEN"
    foreign = {"f": {"tenantId": str(people.anna.tenant.id)}}
    assert (await replica.refused(log, foreign, token=people.bert.token))["extensions"]["code"] == "NOT_FOUND"
