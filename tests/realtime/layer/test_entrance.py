"""The way in: always upgraded, then let in or closed with the documented code."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.revoke_api_key import revoke_api_key
from domain.accounts.sign_in import sign_in
from domain.models import ApiKey, TenantRole
from domain.tenants.add_member import add_member
from realtime.credentials import SESSION_COOKIE
from tests.domain.people import PASSWORD, SYSTEM
from tests.gateway.served import until
from tests.realtime.layer.conftest import Hall, Open, Person
from tests.realtime.raw_socket import TEXT, Seen, frame, raw_socket

ECHO, MEMBERS = "/test/echo", "/test/members"


def of(person: Person, path: str = MEMBERS) -> str:
    return f"{path}?token={person.token}"


async def refused(hall: Hall, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """How it was closed; it was upgraded first."""
    async with raw_socket(hall.port, path, headers) as socket:
        assert socket.status == 101
        last = await socket.closed()
        return last.close_code, last.reason


async def let_in(hall: Hall, path: str, headers: dict[str, str] | None = None) -> Person | None:
    """Who it was taken for; None: a guest."""
    async with raw_socket(hall.port, path, headers) as socket:
        socket.send(frame(TEXT, b"hello"))
        assert await socket.seen() == Seen(0x81, b"hello")
        actor = hall.inside[-1].actor
        assert actor is not None
        return next((one for one in (hall.anna, hall.bert) if one.user.id == actor.user_id), None)


async def test_a_credential_is_found_in_the_query_or_the_header(hall: Hall) -> None:
    assert await let_in(hall, of(hall.anna)) is hall.anna
    assert await let_in(hall, MEMBERS, {"Authorization": f"Bearer {hall.bert.token}"}) is hall.bert
    assert await let_in(hall, of(hall.anna), {"Authorization": f"Bearer {hall.bert.token}"}) is hall.anna


async def test_without_a_valid_one_a_channel_of_members_closes_and_another_has_a_guest(hall: Hall) -> None:
    wanted = (4401, "Unauthorized - authentication required")
    assert await refused(hall, MEMBERS) == wanted
    assert await refused(hall, f"{MEMBERS}?token=nonsense") == wanted
    assert await let_in(hall, ECHO) is None
    assert await let_in(hall, f"{ECHO}?token=nonsense") is None


async def test_an_expired_or_revoked_one_closes_everywhere(hall: Hall) -> None:
    with hall.within() as ports:
        await revoke_api_key(ports, SYSTEM, hall.bert.key.id)
        await ApiKey.filter(id=hall.anna.key.id).update(expires_at=ports.clock.now() - timedelta(seconds=1))
    assert (await refused(hall, of(hall.anna, ECHO)))[0] == 4401
    assert (await refused(hall, of(hall.bert, ECHO)))[0] == 4401


async def test_the_credentials_end_closes_an_open_socket(hall: Hall) -> None:
    with hall.within() as ports:
        soon = ports.clock.now() + timedelta(seconds=0.4)
        spec = KeySpec(door="cloudillo", user_id=hall.anna.user.id, expires_at=soon)
        _, expiring = await create_api_key(ports, SYSTEM, spec)
    assert await refused(hall, f"{MEMBERS}?token={expiring}") == (4401, "The credential has expired.")


async def test_a_revoked_credential_ends_its_sockets_within_a_second(hall: Hall) -> None:
    async with raw_socket(hall.port, of(hall.anna)) as revoked, raw_socket(hall.port, of(hall.bert)) as other:
        for socket in (revoked, other):
            socket.send(frame(TEXT, b"in"))
            await socket.seen()
        with hall.within() as ports:
            await revoke_api_key(ports, SYSTEM, hall.anna.key.id)
        async with asyncio.timeout(1.0):
            last = await revoked.closed()
        assert (last.close_code, last.reason) == (4401, "The credential was revoked.")
        other.send(frame(TEXT, b"still in"))
        assert (await other.seen()).payload == b"still in"


async def test_a_changed_membership_makes_connect_again(hall: Hall) -> None:
    async with raw_socket(hall.port, of(hall.anna)) as socket:
        socket.send(frame(TEXT, b"in"))
        await socket.seen()
        with hall.within() as ports:
            await add_member(ports, SYSTEM, hall.bert.tenant.id, "anna", TenantRole.VIEWER)
        assert (await socket.closed()).close_code == 1012


async def test_a_cookie_counts_on_our_own_pages_only(open_hall: Open) -> None:
    friend = "https://console.example"
    hall = await open_hall(graphql={"allowed_origins": (friend,)})
    with hall.within() as ports:
        session = await sign_in(ports, "anna", PASSWORD)
    cookie = {"Cookie": f"{SESSION_COOKIE}={session.access_token}"}
    own = f"http://127.0.0.1:{hall.port}"
    assert await let_in(hall, MEMBERS, cookie) is hall.anna
    for ours in (own, friend):
        assert await let_in(hall, MEMBERS, {**cookie, "Origin": ours}) is hall.anna
    for origin in ("https://elsewhere.example", "null", "http://[", f"http://127.0.0.1:{hall.port + 1}"):
        assert (await refused(hall, ECHO, {**cookie, "Origin": origin}))[0] == 4403
    assert await let_in(hall, of(hall.bert), {**cookie, "Origin": "https://elsewhere.example"}) is hall.bert


async def test_one_user_and_one_address_may_have_so_many(open_hall: Open) -> None:
    hall = await open_hall(sockets={"per_user": 2, "per_address": 4})
    async with AsyncExitStack() as stack:
        for _ in range(2):
            socket = await stack.enter_async_context(raw_socket(hall.port, of(hall.anna)))
            socket.send(frame(TEXT, b"in"))
            await socket.seen()
        assert await refused(hall, of(hall.anna)) == (4429, "Too many connections of this user.")
        assert await let_in(hall, of(hall.bert)) is hall.bert
        for _ in range(2):
            socket = await stack.enter_async_context(raw_socket(hall.port, ECHO))
            socket.send(frame(TEXT, b"in"))
            await socket.seen()
        assert await refused(hall, ECHO) == (4429, "Too many connections from this address.")
    await until(lambda: _is_empty(hall))
    assert await let_in(hall, of(hall.anna)) is hall.anna


async def _is_empty(hall: Hall) -> bool:
    return not hall.inside


async def test_a_stopping_replica_sends_all_away_and_takes_nobody(hall: Hall) -> None:
    async with raw_socket(hall.port, of(hall.anna)) as member, raw_socket(hall.port, ECHO) as guest:
        for socket in (member, guest):
            socket.send(frame(TEXT, b"in"))
            await socket.seen()
        hall.replica.stop()
        for socket in (member, guest):
            assert (await socket.closed()).close_code == 1001


async def test_sockets_are_counted_by_channel(hall: Hall) -> None:
    async with raw_socket(hall.port, of(hall.anna)) as socket:
        socket.send(frame(TEXT, b"in"))
        await socket.seen()
        told = (await hall.replica.client.get("/metrics")).text
        assert 'gatehouse_open_sockets{channel="members"} 1.0' in told


async def test_a_channel_that_fails_before_it_listens_leaves_nothing_behind(hall: Hall) -> None:
    async with raw_socket(hall.port, of(hall.anna, "/test/broken")) as socket:
        assert (await socket.closed()).close_code == 1011
    await until(lambda: _nobody(hall))


async def _nobody(hall: Hall) -> bool:
    return len(hall.replica.house.sockets) == 0
