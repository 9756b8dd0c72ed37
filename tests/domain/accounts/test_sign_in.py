from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext

from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.accounts.create_user import UserSpec, create_user
from domain.accounts.disable_user import disable_user
from domain.accounts.passwords import needs_rehash
from domain.accounts.sessions import SignedIn
from domain.accounts.set_password import set_password
from domain.accounts.sign_in import sign_in
from domain.errors import NotFound, RateLimited, Unauthenticated
from domain.limits import Limits, Rate
from domain.models import Membership, RefreshToken, Session, TenantRole, User
from domain.ports import Ports
from domain.ports.counters import Verdict
from drivers.counters.memory import MemoryCounters
from tests.domain.people import PASSWORD, SYSTEM, audited, tenant_of, told
from tests.fakes import FakeClock

ADDRESS = "203.0.113.7"


class Meanwhile(MemoryCounters):
    """Something else happens between the check of the password and what follows."""

    def __init__(self, act: Callable[[], Awaitable[object]], when: int = 2) -> None:
        super().__init__()
        self._act = act
        self._when = when
        self._peeks = 0

    async def peek(self, key: str, rate: Rate) -> Verdict:
        self._peeks += 1
        if self._peeks == self._when:
            await self._act()
        return await super().peek(key, rate)


async def try_to(ports: Ports, login: str, password: str = "wrong", address: str | None = ADDRESS) -> str:
    """How it went, in one word."""
    try:
        await sign_in(ports, login, password, address)
    except Unauthenticated as exc:
        return str(exc.details["reason"])
    except RateLimited:
        return "throttled"
    return "in"


async def accepted(ports: Ports, signed_in: SignedIn) -> None:
    credential = Credential(CredentialKind.ACCESS_TOKEN, signed_in.access_token, "graphql")
    actor = await authenticate(ports, credential)
    assert actor.user_id == signed_in.user.id


@pytest.mark.parametrize("login", ["anna", " ANNA ", "anna@example.org", "Anna@EXAMPLE.org"])
async def test_username_and_email_open_a_session(ports: Ports, anna: User, login: str) -> None:
    signed_in = await sign_in(ports, login, PASSWORD, ADDRESS, "Browser/1.0")
    now = ports.clock.now()
    assert signed_in.user.id == anna.id
    assert signed_in.access_expires_at == now + timedelta(seconds=ports.limits.access_token_ttl_s)
    assert signed_in.refresh_expires_at == now + timedelta(seconds=ports.limits.refresh_token_ttl_s)
    session = await Session.get(id=signed_in.session.id)
    assert (session.user_id, session.address, session.user_agent) == (anna.id, ADDRESS, "Browser/1.0")
    await accepted(ports, signed_in)


async def test_secrets_are_not_stored(ports: Ports, anna: User) -> None:
    signed_in = await sign_in(ports, "anna", PASSWORD)
    [token] = await RefreshToken.filter(session_id=signed_in.session.id)
    assert signed_in.refresh_token not in (token.token_hash, str(token.id))
    assert len(token.token_hash) == 64


async def test_it_is_noted(ports: Ports, anna: User) -> None:
    signed_in = await sign_in(ports, "anna", PASSWORD, ADDRESS, door="skyport")
    [entry] = await audited("user.signed_in")
    assert (entry.user_id, entry.address, entry.door) == (anna.id, ADDRESS, "skyport")
    assert entry.credential == f"session:{signed_in.session.id}"
    assert entry.tenant_id == (await tenant_of(anna)).id


async def test_an_imported_hash_is_replaced_at_the_first_sign_in(ports: Ports, anna: User) -> None:
    await sign_in(ports, "anna", PASSWORD)
    stored = (await User.get(id=anna.id)).password_hash
    assert stored is not None
    assert not needs_rehash(stored)
    await sign_in(ports, "anna", PASSWORD)
    assert (await User.get(id=anna.id)).password_hash == stored


async def test_wrong_and_unknown_are_told_the_same(ports: Ports, anna: User) -> None:
    messages = []
    for login in ("anna", "nobody", "nobody@example.org", "", "\x00", "\ud800", "x" * 10_000):
        with pytest.raises(Unauthenticated) as caught:
            await sign_in(ports, login, "wrong")
        messages.append((caught.value.message, caught.value.details))
    assert all(message == messages[0] for message in messages)


async def test_nobody_signs_in_without_a_password(ports: Ports, database: TortoiseContext) -> None:
    await create_user(ports, SYSTEM, UserSpec("clara", "clara@example.org"))
    assert [await try_to(ports, "clara", password) for password in ("", "None")] == ["wrong", "wrong"]


async def test_a_failure_is_noted_without_what_was_typed(ports: Ports, anna: User) -> None:
    await try_to(ports, "anna")
    await try_to(ports, "my secret password")
    known, unknown = await audited("user.sign_in_failed")
    assert (known.subject, known.address, known.user_id) == (str(anna.id), ADDRESS, None)
    assert known.tenant_id == (await tenant_of(anna)).id
    assert (unknown.subject, unknown.tenant_id) == (None, None)
    assert "secret" not in str(unknown.details)


async def test_a_disabled_user_is_refused(ports: Ports, anna: User) -> None:
    await disable_user(ports, SYSTEM, anna.id)
    assert await try_to(ports, "anna", PASSWORD) == "disabled"
    assert await try_to(ports, "anna") == "wrong"
    assert not await Session.exists()
    assert [entry.details.get("disabled") for entry in await audited("user.sign_in_failed")] == [True, None]


@pytest.fixture
def strict(ports: Ports) -> Ports:
    """Three failures in a minute."""
    return replace(ports, limits=Limits(sign_in_failures=Rate(3, 60)))


async def test_a_login_is_throttled_from_any_address(strict: Ports, anna: User, clock: FakeClock) -> None:
    went = [await try_to(strict, "anna", address=f"203.0.113.{n}") for n in range(4)]
    assert went == ["wrong", "wrong", "wrong", "throttled"]
    with pytest.raises(RateLimited) as caught:
        await sign_in(strict, "ANNA", PASSWORD, "203.0.113.99")
    assert 0 < caught.value.retry_after_s < 120
    assert await try_to(strict, "bert", address="203.0.113.98") == "wrong"
    clock.advance(120)
    assert await try_to(strict, "anna", PASSWORD) == "in"


async def test_an_address_is_throttled_for_any_login(strict: Ports, anna: User) -> None:
    went = [await try_to(strict, f"guess{n}") for n in range(4)]
    assert went == ["wrong", "wrong", "wrong", "throttled"]
    assert await try_to(strict, "anna", PASSWORD) == "throttled"
    assert await try_to(strict, "anna", PASSWORD, "203.0.113.8") == "in"


async def test_the_last_allowed_failure_is_noted_as_such(strict: Ports, anna: User) -> None:
    for _ in range(5):
        await try_to(strict, "anna")
    noted = [entry.details["throttled"] for entry in await audited("user.sign_in_failed")]
    assert noted == [False, False, True]


async def test_successes_are_not_counted_and_clear_the_login(strict: Ports, anna: User) -> None:
    for n in range(3):
        assert await try_to(strict, "anna", address=f"203.0.113.{n}") == "wrong"
        assert await try_to(strict, "anna", PASSWORD, address=f"198.51.100.{n}") == "in"


async def test_a_success_does_not_clear_its_address(strict: Ports, anna: User) -> None:
    """Else an attacker would sign in as themselves between guesses."""
    went = []
    for n in range(4):
        went.append(await try_to(strict, f"guess{n}"))
        await try_to(strict, "anna", PASSWORD)
    assert went == ["wrong", "wrong", "wrong", "throttled"]


async def test_a_right_guess_among_too_many_at_once_is_not_let_in(strict: Ports, anna: User) -> None:
    """All of them passed the first look at the counters; what failed meanwhile counts when this one was checked."""

    async def fail_elsewhere() -> None:
        for n in range(3):
            await sign_in_fails(n)

    async def sign_in_fails(n: int) -> None:
        assert await try_to(slow, "anna", f"guess{n}", f"203.0.113.{n}") == "wrong"

    slow = replace(strict, counters=Meanwhile(fail_elsewhere, when=3))
    assert await try_to(slow, "anna", PASSWORD) == "throttled"
    assert not await Session.exists()


async def test_a_session_can_be_narrowed_to_a_tenant(ports: Ports, anna: User, bert: User) -> None:
    guest_in = await tenant_of(bert)
    await Membership.create(tenant_id=guest_in.id, user_id=anna.id, role=TenantRole.VIEWER)
    for name in (guest_in.slug, guest_in.id, str(guest_in.id)):
        signed_in = await sign_in(ports, "anna", PASSWORD, tenant=name)
        credential = Credential(CredentialKind.ACCESS_TOKEN, signed_in.access_token, "graphql")
        actor = await authenticate(ports, credential)
        assert (actor.tenant_id, dict(actor.memberships)) == (guest_in.id, {guest_in.id: TenantRole.VIEWER})


async def test_a_foreign_tenant_is_not_found(ports: Ports, anna: User, bert: User) -> None:
    for name in ((await tenant_of(bert)).slug, uuid4(), "\x00"):
        with pytest.raises(NotFound):
            await sign_in(ports, "anna", PASSWORD, tenant=name)
    assert not await Session.exists()


async def test_a_password_changed_meanwhile_opens_nothing(ports: Ports, anna: User, clock: FakeClock) -> None:
    """The row is looked at again, locked, before the session is written."""

    async def change() -> None:
        clock.advance(0.001)
        await set_password(ports, SYSTEM, anna.id, "another one")

    slow = replace(ports, counters=Meanwhile(change))
    with pytest.raises(Unauthenticated):
        await sign_in(slow, "anna", PASSWORD)
    assert not await Session.exists()


async def test_a_user_disabled_meanwhile_stays_outside(ports: Ports, anna: User) -> None:
    slow = replace(ports, counters=Meanwhile(lambda: disable_user(ports, SYSTEM, anna.id)))
    with pytest.raises(Unauthenticated):
        await sign_in(slow, "anna", PASSWORD)
    assert not await Session.exists()


async def test_two_at_once_with_an_imported_hash_both_get_in(ports: Ports, anna: User) -> None:
    await asyncio.gather(*(sign_in(ports, "anna", PASSWORD) for _ in range(3)))
    assert await Session.all().count() == 3


async def test_what_a_client_says_of_itself_is_cut_and_cleaned(ports: Ports, anna: User) -> None:
    signed_in = await sign_in(ports, "anna", PASSWORD, "a" * 100, "x\x00\ud800" + "y" * 300)
    session = await Session.get(id=signed_in.session.id)
    assert session.address == "a" * 64
    assert session.user_agent is not None
    assert session.user_agent.startswith("x??yyy")
    assert len(session.user_agent) == 256


async def test_no_event_tells_of_it(ports: Ports, anna: User) -> None:
    before = await told("UserChanged")
    await sign_in(ports, "anna", PASSWORD)
    assert await told("UserChanged") == before
    assert await told("CredentialRevoked") == []
