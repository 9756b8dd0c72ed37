"""sign_out, end_session and list_sessions."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.access import Actor
from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.accounts.end_session import end_session
from domain.accounts.queries import list_sessions
from domain.accounts.sign_in import sign_in
from domain.accounts.sign_out import sign_out
from domain.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from domain.models import Session, User
from domain.paging import Order
from domain.ports import Ports
from tests.domain.people import PASSWORD, SYSTEM, acting, audited, told


async def enter(ports: Ports, login: str) -> Actor:
    signed_in = await sign_in(ports, login, PASSWORD)
    credential = Credential(CredentialKind.ACCESS_TOKEN, signed_in.access_token, "graphql", "203.0.113.7")
    return await authenticate(ports, credential)


def session_id(actor: Actor) -> str:
    return actor.credential.removeprefix("session:")


async def live_sessions(user: User) -> set[str]:
    return {str(row.id) for row in await Session.filter(user_id=user.id, revoked_at__isnull=True)}


async def test_signing_out_ends_this_session_only(ports: Ports, anna: User) -> None:
    here, there = await enter(ports, "anna"), await enter(ports, "anna")
    await sign_out(ports, here)
    assert await live_sessions(anna) == {session_id(there)}
    [event] = await told("CredentialRevoked")
    assert event == {"credential": here.credential, "user_id": str(anna.id), "reason": "signed_out"}
    [entry] = await audited("user.signed_out")
    assert (entry.credential, entry.address) == (here.credential, "203.0.113.7")


async def test_signing_out_twice_changes_nothing(ports: Ports, anna: User) -> None:
    here = await enter(ports, "anna")
    await sign_out(ports, here)
    await sign_out(ports, here)
    assert len(await told("CredentialRevoked")) == len(await audited("user.signed_out")) == 1


async def test_an_api_key_cannot_sign_out(ports: Ports, anna: User) -> None:
    with pytest.raises(InvalidInput):
        await sign_out(ports, await acting(anna, credential=f"key:{uuid4()}"))
    with pytest.raises(Forbidden):
        await sign_out(ports, SYSTEM)


async def test_one_ends_ones_other_session(ports: Ports, anna: User) -> None:
    here, there = await enter(ports, "anna"), await enter(ports, "anna")
    ended = await end_session(ports, here, session_id(there))
    assert (ended.revoked_at, ended.revoked_reason) == (ports.clock.now(), "ended")
    assert await live_sessions(anna) == {session_id(here)}
    assert [event["credential"] for event in await told("CredentialRevoked")] == [there.credential]
    [entry] = await audited("session.ended")
    assert (entry.subject, entry.credential) == (session_id(there), here.credential)
    await end_session(ports, here, session_id(there))
    assert len(await told("CredentialRevoked")) == 1


async def test_a_foreign_session_is_not_found(ports: Ports, anna: User, bert: User) -> None:
    here, foreign = await enter(ports, "anna"), await enter(ports, "bert")
    for unknown in (session_id(foreign), uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            await end_session(ports, here, unknown)
    assert await live_sessions(bert) == {session_id(foreign)}


async def test_the_platform_ends_any_but_an_owners_session(ports: Ports, anna: User, admin: User, owner: User) -> None:
    of_anna, of_owner = await enter(ports, "anna"), await enter(ports, "owner")
    await end_session(ports, await acting(admin), session_id(of_anna))
    with pytest.raises(Forbidden):
        await end_session(ports, await acting(admin), session_id(of_owner))
    await end_session(ports, SYSTEM, session_id(of_owner))
    assert await live_sessions(anna) == await live_sessions(owner) == set()


@pytest.mark.parametrize("narrowing", [{"read_only": True}, {"scopes": frozenset({"instances:read"})}])
async def test_a_narrowed_credential_ends_no_session(ports: Ports, anna: User, narrowing: dict[str, object]) -> None:
    here = await enter(ports, "anna")
    narrowed = replace(here, **narrowing)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        await end_session(ports, narrowed, session_id(here))
    with pytest.raises(Forbidden):
        await sign_out(ports, narrowed)


async def test_a_narrowed_admin_ends_no_session(ports: Ports, admin: User, anna: User) -> None:
    of_admin, of_anna = await enter(ports, "admin"), await enter(ports, "anna")
    for narrowed in (replace(of_admin, read_only=True), replace(of_admin, scopes=frozenset({"users:read"}))):
        for target in (of_admin, of_anna):
            with pytest.raises(Forbidden):
                await end_session(ports, narrowed, session_id(target))


async def test_one_lists_ones_own(ports: Ports, anna: User, bert: User) -> None:
    first, second = await enter(ports, "anna"), await enter(ports, "anna")
    await enter(ports, "bert")
    await sign_out(ports, first)
    live = (await list_sessions(second)).items
    assert [str(row.id) for row in live] == [session_id(second)]
    everything = (await list_sessions(second, with_ended=True, order=Order(descending=True))).items
    assert [str(row.id) for row in everything] == [session_id(second), session_id(first)]


async def test_others_sessions_are_the_platforms_to_see(ports: Ports, anna: User, bert: User, admin: User) -> None:
    await enter(ports, "bert")
    with pytest.raises(NotFound):
        await list_sessions(await acting(anna), user_id=bert.id)
    assert len((await list_sessions(await acting(admin), user_id=str(bert.id))).items) == 1
    with pytest.raises(NotFound):
        await list_sessions(await acting(admin), user_id=uuid4())
    with pytest.raises(InvalidInput):
        await list_sessions(SYSTEM)


async def test_a_credential_limited_to_scopes_lists_none(ports: Ports, anna: User) -> None:
    with pytest.raises(Forbidden):
        await list_sessions(await acting(anna, scopes=frozenset({"instances:read"})))


async def test_sessions_have_one_order(ports: Ports, anna: User) -> None:
    with pytest.raises(InvalidInput):
        await list_sessions(await acting(anna), order=Order("expires_at"))


async def test_an_access_token_of_an_ended_session_is_refused(ports: Ports, anna: User) -> None:
    signed_in = await sign_in(ports, "anna", PASSWORD)
    credential = Credential(CredentialKind.ACCESS_TOKEN, signed_in.access_token, "graphql")
    await sign_out(ports, await authenticate(ports, credential))
    with pytest.raises(Unauthenticated) as caught:
        await authenticate(ports, credential)
    assert caught.value.details["reason"] == "revoked"
