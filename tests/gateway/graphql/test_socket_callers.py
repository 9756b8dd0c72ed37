"""Who opened a socket, and when it ends because of that."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.disable_user import disable_user
from domain.accounts.revoke_api_key import revoke_api_key
from domain.models import ApiKey, TenantRole
from domain.tenants.add_member import add_member
from domain.tenants.change_member_role import change_member_role
from domain.tenants.remove_member import remove_member
from realtime.credentials import SESSION_COOKIE
from tests.domain.people import SYSTEM, a_user
from tests.gateway.graphql.people import People, a_key
from tests.gateway.graphql.serving import Pair, Replica
from tests.gateway.graphql.test_accounts import signed_in
from tests.gateway.graphql.wire import unacknowledged, wired

WHO = "{ viewer { user { username } } }"


@pytest.mark.parametrize(
    "payload",
    [
        {"Authorization": "Bearer {token}"},
        {"authorization": "bearer {token}"},
        {"authToken": "{token}"},
        {"token": "{token}"},
        {"accessToken": "{token}"},
        {"apiKey": "{token}"},
        {"headers": {"Authorization": "Bearer {token}"}},
        {"headers": {"authorization": "Bearer nonsense"}, "authToken": "{token}"},
    ],
)
async def test_the_init_payload_says_who(replica: Replica, people: People, payload: dict[str, Any]) -> None:
    def filled(given: Any) -> Any:
        if isinstance(given, dict):
            return {name: filled(value) for name, value in given.items()}
        return given.replace("{token}", people.anna.token)

    if isinstance(payload.get("headers"), dict) and "authToken" in payload:
        payload = {"authToken": payload["authToken"]}
    async with unacknowledged(replica.socket_url) as wire:
        await wire.say("connection_init", payload=filled(payload))
        assert await wire.hear() == {"type": "connection_ack"}
        await wire.subscribe(WHO)
        assert (await wire.next_data())["viewer"]["user"]["username"] == "anna"


async def test_a_header_of_the_upgrade_says_who(replica: Replica, people: People) -> None:
    headers = {"authorization": f"Bearer {people.anna.token}"}
    async with wired(replica.socket_url, additional_headers=headers) as wire:
        await wire.subscribe(WHO)
        assert (await wire.next_data())["viewer"]["user"]["username"] == "anna"


async def test_a_cookie_says_who_on_pages_of_ours_only(replica: Replica, people: People) -> None:
    session = await signed_in(replica)
    cookie = {"cookie": f"{SESSION_COOKIE}={session['accessToken']}"}
    own = f"http://127.0.0.1:{replica.port}"
    async with wired(replica.socket_url, additional_headers=cookie, origin=own) as wire:
        await wire.subscribe(WHO)
        assert (await wire.next_data())["viewer"]["user"]["username"] == "anna"
    async with unacknowledged(replica.socket_url, additional_headers=cookie, origin="https://evil.example") as wire:
        await wire.say("connection_init")
        assert (await wire.closed())[0] == 4403
    async with wired(
        replica.socket_url, people.bert.token, additional_headers=cookie, origin="https://elsewhere.example"
    ) as wire:
        await wire.subscribe(WHO)
        assert (await wire.next_data())["viewer"]["user"]["username"] == "bert"


async def test_a_bad_credential_is_not_let_in(replica: Replica, people: People) -> None:
    for text in ("Bearer nonsense", "Bearer a.b.c"):
        async with unacknowledged(replica.socket_url) as wire:
            await wire.say("connection_init", payload={"Authorization": text})
            assert (await wire.closed())[0] == 4403


async def test_without_a_credential_only_what_is_open(replica: Replica) -> None:
    async with wired(replica.socket_url) as wire:
        await wire.subscribe("{ serverInfo { name } }", id="1")
        await wire.next_data()
        await wire.hear()
        for query in (
            WHO,
            "subscription { instancesChanged { id } }",
            'subscription { events(topics: ["instance"]) { name } }',
        ):
            await wire.subscribe(query, id="2")
            message = await wire.hear()
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_revoked_key_closes_its_sockets_and_no_others(pair: Pair, folk: People) -> None:
    with pair.here.inside():
        row, text = await create_api_key(pair.here.house.ports, SYSTEM, KeySpec("graphql", user_id=folk.anna.user.id))
    async with wired(pair.there.socket_url, text) as revoked, wired(pair.there.socket_url, folk.anna.token) as other:
        with pair.here.inside():
            await revoke_api_key(pair.here.house.ports, SYSTEM, row.id)
        assert await revoked.closed() == (4401, "The credential was revoked.")
        await other.subscribe(WHO)
        await other.next_data()


async def test_signing_out_closes_the_sessions_sockets(pair: Pair, folk: People) -> None:
    session = await signed_in(pair.here)
    async with wired(pair.there.socket_url, session["accessToken"]) as wire:
        await pair.here.ask("mutation { signOut }", token=session["accessToken"])
        assert (await wire.closed())[0] == 4401


async def test_a_disabled_user_is_out(replica: Replica, people: People) -> None:
    async with wired(replica.socket_url, people.bert.token) as wire:
        with replica.inside():
            await disable_user(replica.house.ports, SYSTEM, people.bert.user.id)
        assert (await wire.closed())[0] in (4401, 1012)


async def test_changed_rights_make_a_socket_connect_again(replica: Replica, people: People) -> None:
    ports, tenant_id = replica.house.ports, people.anna.tenant.id
    with replica.inside():
        dora = await a_user(ports, "dora")
        token = await a_key(replica, dora)

    async def closed_by(change: Any) -> int:
        async with wired(replica.socket_url, token) as wire:
            with replica.inside():
                await change
            return (await wire.closed())[0]

    assert await closed_by(add_member(ports, SYSTEM, tenant_id, dora.id, TenantRole.VIEWER)) == 1012
    assert await closed_by(change_member_role(ports, SYSTEM, tenant_id, dora.id, TenantRole.ADMIN)) == 1012
    assert await closed_by(remove_member(ports, SYSTEM, tenant_id, dora.id)) == 1012


async def test_an_access_token_closes_its_socket_when_it_expires(replica: Replica, people: People) -> None:
    house = replica.house
    house.ports = replace(house.ports, limits=replace(house.ports.limits, access_token_ttl_s=2))
    session = await signed_in(replica)
    async with wired(replica.socket_url, session["accessToken"]) as wire:
        await wire.subscribe("subscription { instancesChanged { id } }")
        assert await wire.closed() == (4401, "The credential has expired.")


async def test_a_key_that_expires_closes_its_socket(replica: Replica, people: People) -> None:
    from datetime import timedelta

    with replica.inside():
        await ApiKey.filter(user_id=people.anna.user.id).update(
            expires_at=replica.house.ports.clock.now() + timedelta(seconds=1)
        )
    replica.house.identities.clear()
    async with wired(replica.socket_url, people.anna.token) as wire:
        assert (await wire.closed())[0] == 4401


async def test_init_counts_as_nothing_while_it_is_checked(replica: Replica, people: People) -> None:
    """A subscribe that does not wait for the acknowledgement is refused, as the protocol says."""
    async with unacknowledged(replica.socket_url) as wire:
        await asyncio.gather(
            wire.say("connection_init", payload={"token": people.anna.token}),
            wire.subscribe("{ __typename }"),
        )
        assert (await wire.closed())[0] == 4401
