from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.accounts.disable_user import disable_user
from domain.accounts.refresh import refresh
from domain.accounts.sessions import SignedIn
from domain.accounts.sign_in import sign_in
from domain.accounts.sign_out import sign_out
from domain.errors import Unauthenticated
from domain.models import RefreshToken, Session, User
from domain.ports import Ports
from tests.domain.people import PASSWORD, SYSTEM, acting, audited, tenant_of, told
from tests.fakes import FakeClock


@pytest.fixture
async def signed_in(ports: Ports, anna: User) -> SignedIn:
    return await sign_in(ports, "anna", PASSWORD)


async def refused_for(ports: Ports, token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await refresh(ports, token)
    return str(caught.value.details["reason"])


async def opens(ports: Ports, access_token: str) -> bool:
    try:
        await authenticate(ports, Credential(CredentialKind.ACCESS_TOKEN, access_token, "graphql"))
    except Unauthenticated:
        return False
    return True


async def test_both_tokens_are_new_and_the_session_is_the_same(
    ports: Ports, signed_in: SignedIn, clock: FakeClock
) -> None:
    clock.advance(600)
    renewed = await refresh(ports, signed_in.refresh_token)
    assert renewed.session.id == signed_in.session.id
    assert renewed.user.id == signed_in.user.id
    assert renewed.refresh_token != signed_in.refresh_token
    assert renewed.access_token != signed_in.access_token
    assert await opens(ports, renewed.access_token)


async def test_every_use_prolongs_the_session(ports: Ports, signed_in: SignedIn, clock: FakeClock) -> None:
    ttl_s = ports.limits.refresh_token_ttl_s
    clock.advance(ttl_s - 1)
    renewed = await refresh(ports, signed_in.refresh_token)
    saved = await Session.get(id=signed_in.session.id)
    assert saved.last_used_at == clock.now()
    assert saved.expires_at == renewed.refresh_expires_at == clock.now() + timedelta(seconds=ttl_s)
    clock.advance(ttl_s - 1)
    await refresh(ports, renewed.refresh_token)


async def test_an_unused_session_expires(ports: Ports, signed_in: SignedIn, clock: FakeClock) -> None:
    clock.advance(ports.limits.refresh_token_ttl_s)
    assert await refused_for(ports, signed_in.refresh_token) == "expired"


async def test_a_used_token_ends_the_whole_session(ports: Ports, signed_in: SignedIn) -> None:
    renewed = await refresh(ports, signed_in.refresh_token)
    assert await refused_for(ports, signed_in.refresh_token) == "revoked"
    assert await refused_for(ports, renewed.refresh_token) == "revoked"
    assert not await opens(ports, renewed.access_token)
    saved = await Session.get(id=signed_in.session.id)
    assert (saved.revoked_at, saved.revoked_reason) == (ports.clock.now(), "token_reused")


async def test_reuse_is_told_and_noted_once(ports: Ports, signed_in: SignedIn, anna: User) -> None:
    await refresh(ports, signed_in.refresh_token)
    for _ in range(2):
        await refused_for(ports, signed_in.refresh_token)
    credential = f"session:{signed_in.session.id}"
    expected = {"credential": credential, "user_id": str(anna.id), "reason": "token_reused"}
    assert await told("CredentialRevoked") == [expected]
    [entry] = await audited("session.token_reused")
    assert (entry.subject, entry.user_id) == (str(signed_in.session.id), anna.id)


async def test_of_many_at_once_one_wins_and_the_session_ends(ports: Ports, signed_in: SignedIn) -> None:
    attempts = [refresh(ports, signed_in.refresh_token) for _ in range(5)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    won = [result for result in results if isinstance(result, SignedIn)]
    assert len(won) == 1
    assert all(isinstance(result, Unauthenticated) for result in results if result not in won)
    assert await RefreshToken.all().count() == 2
    assert not await opens(ports, won[0].access_token)
    assert len(await told("CredentialRevoked")) == 1


async def test_an_ended_session_is_not_refreshed(ports: Ports, signed_in: SignedIn, anna: User) -> None:
    await sign_out(ports, replace(await acting(anna), credential=f"session:{signed_in.session.id}"))
    assert await refused_for(ports, signed_in.refresh_token) == "revoked"
    assert await audited("session.token_reused") == []


async def test_a_disabled_user_is_not_refreshed(ports: Ports, signed_in: SignedIn, anna: User) -> None:
    await disable_user(ports, SYSTEM, anna.id)
    assert await refused_for(ports, signed_in.refresh_token) == "revoked"


@pytest.mark.parametrize(("token", "reason"), [("", "missing"), ("ghr_guess", "unknown"), ("\x00\ud800", "unknown")])
async def test_noise_is_refused(ports: Ports, anna: User, token: str, reason: str) -> None:
    assert await refused_for(ports, token) == reason


async def test_an_access_token_is_no_refresh_token(ports: Ports, signed_in: SignedIn) -> None:
    assert await refused_for(ports, signed_in.access_token) == "unknown"


async def test_the_narrowing_stays(ports: Ports, anna: User) -> None:
    tenant = await tenant_of(anna)
    narrowed = await sign_in(ports, "anna", PASSWORD, tenant=tenant.slug)
    renewed = await refresh(ports, narrowed.refresh_token)
    assert renewed.session.tenant_id == tenant.id
