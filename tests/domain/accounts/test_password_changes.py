"""change_password, set_password, request_password_reset and reset_password."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.access import Actor
from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.accounts.change_password import change_password
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.disable_user import disable_user
from domain.accounts.request_password_reset import request_password_reset
from domain.accounts.reset_password import reset_password
from domain.accounts.set_password import set_password
from domain.accounts.sign_in import sign_in
from domain.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound, RateLimited, Unauthenticated
from domain.limits import Limits, Rate
from domain.models import PasswordReset, Session, User
from domain.ports import Ports
from tests.domain.people import PASSWORD, SYSTEM, acting, audited, told
from tests.fakes import FakeClock

NEW = "another good one"


async def enter(ports: Ports, login: str, password: str = PASSWORD) -> Actor:
    signed_in = await sign_in(ports, login, password)
    return await authenticate(ports, Credential(CredentialKind.ANY, signed_in.access_token, "graphql"))


async def opens(ports: Ports, login: str, password: str) -> bool:
    try:
        await sign_in(ports, login, password)
    except Unauthenticated:
        return False
    return True


async def live_sessions() -> set[str]:
    return {f"session:{row.id}" for row in await Session.filter(revoked_at__isnull=True)}


async def test_changing_it_ends_the_other_sessions(ports: Ports, anna: User, bert: User) -> None:
    here, there, of_bert = [await enter(ports, login) for login in ("anna", "anna", "bert")]
    await change_password(ports, here, PASSWORD, NEW)
    assert await live_sessions() == {here.credential, of_bert.credential}
    [event] = await told("CredentialRevoked")
    assert (event["credential"], event["reason"]) == (there.credential, "password_changed")
    assert [entry.subject for entry in await audited("user.password_changed")] == [str(anna.id)]
    assert await opens(ports, "anna", NEW)
    assert not await opens(ports, "anna", PASSWORD)


async def test_api_keys_outlive_the_password(ports: Ports, anna: User) -> None:
    _, text = await create_api_key(ports, SYSTEM, KeySpec("graphql", user_id=anna.id))
    key = Credential(CredentialKind.API_KEY, text, "graphql")
    await change_password(ports, await authenticate(ports, key), PASSWORD, NEW)
    assert (await authenticate(ports, key)).user_id == anna.id


async def test_a_wrong_current_password_changes_nothing(ports: Ports, anna: User) -> None:
    here = await enter(ports, "anna")
    with pytest.raises(Forbidden) as caught:
        await change_password(ports, here, "wrong", NEW)
    assert caught.value.details["field"] == "current"
    assert await opens(ports, "anna", PASSWORD)
    assert len(await audited("user.password_change_failed")) == 1


async def test_guessing_the_current_one_is_throttled(ports: Ports, anna: User, clock: FakeClock) -> None:
    strict = replace(ports, limits=Limits(sign_in_failures=Rate(2, 60)))
    here = await acting(anna)
    for _ in range(2):
        with pytest.raises(Forbidden):
            await change_password(strict, here, "wrong", NEW)
    with pytest.raises(RateLimited):
        await change_password(strict, here, PASSWORD, NEW)
    clock.advance(120)
    await change_password(strict, here, PASSWORD, NEW)


@pytest.mark.parametrize("narrowing", [{"read_only": True}, {"scopes": frozenset({"users:write"})}])
async def test_a_narrowed_credential_changes_no_password(
    ports: Ports, anna: User, narrowing: dict[str, object]
) -> None:
    with pytest.raises(Forbidden):
        await change_password(ports, replace(await acting(anna), **narrowing), PASSWORD, NEW)  # type: ignore[arg-type]


async def test_the_platform_itself_has_no_password(ports: Ports, anna: User) -> None:
    with pytest.raises(Forbidden):
        await change_password(ports, SYSTEM, PASSWORD, NEW)


async def test_a_short_one_is_refused_everywhere_unless_the_door_says_so(ports: Ports, anna: User) -> None:
    actor, token = await acting(anna), await request_password_reset(ports, SYSTEM, "anna@example.org")
    attempts: list[Callable[[], Awaitable[User]]] = [
        lambda: change_password(ports, actor, PASSWORD, "seven77"),
        lambda: set_password(ports, SYSTEM, anna.id, "seven77"),
        lambda: reset_password(ports, token, "seven77"),
        lambda: set_password(ports, SYSTEM, anna.id, "x" * 1025, min_length=1),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput) as caught:
            await attempt()
        assert caught.value.details["field"] == "new"
    await change_password(ports, actor, PASSWORD, "1", min_length=1)
    await set_password(ports, SYSTEM, anna.id, "2", min_length=1)
    await reset_password(ports, await request_password_reset(ports, SYSTEM, "anna@example.org"), "3", min_length=1)
    assert await opens(ports, "anna", "3")


async def test_setting_it_ends_all_sessions(ports: Ports, anna: User, admin: User) -> None:
    for _ in range(2):
        await enter(ports, "anna")
    await set_password(ports, await acting(admin), str(anna.id), NEW)
    assert await live_sessions() == set()
    assert len(await told("CredentialRevoked")) == 2
    [entry] = await audited("user.password_set")
    assert (entry.subject, entry.user_id) == (str(anna.id), admin.id)
    assert await opens(ports, "anna", NEW)


async def test_passwords_are_the_platforms_to_set(
    ports: Ports, anna: User, bert: User, admin: User, owner: User
) -> None:
    with pytest.raises(Forbidden):
        await set_password(ports, await acting(anna), bert.id, NEW)
    with pytest.raises(Forbidden):
        await set_password(ports, await acting(admin), owner.id, NEW)
    for user_id in (uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            await set_password(ports, await acting(admin), user_id, NEW)
    await set_password(ports, await acting(owner), owner.id, NEW)
    assert await opens(ports, "owner", NEW)


async def test_a_reset_token_is_thirty_letters_and_digits(ports: Ports, anna: User, admin: User) -> None:
    token = await request_password_reset(ports, await acting(admin), "ANNA@example.org")
    assert re.fullmatch(r"[A-Za-z0-9]{30}", token)
    [saved] = await PasswordReset.all()
    assert saved.expires_at == ports.clock.now() + timedelta(hours=1)
    assert saved.token_hash != token
    assert [entry.subject for entry in await audited("user.password_reset_requested")] == [str(anna.id)]


async def test_a_reset_sets_the_password_once(ports: Ports, anna: User) -> None:
    await enter(ports, "anna")
    token = await request_password_reset(ports, SYSTEM, "anna@example.org")
    assert (await reset_password(ports, token, NEW, address="203.0.113.7")).id == anna.id
    assert await live_sessions() == set()
    assert await opens(ports, "anna", NEW)
    with pytest.raises(InvalidInput) as caught:
        await reset_password(ports, token, "yet another")
    assert caught.value.details["field"] == "token"
    [entry] = await audited("user.password_reset")
    assert (entry.user_id, entry.address, entry.credential) == (anna.id, "203.0.113.7", "reset")


async def test_of_two_resets_at_once_one_wins(ports: Ports, anna: User) -> None:
    token = await request_password_reset(ports, SYSTEM, "anna@example.org")
    attempts = [reset_password(ports, token, new) for new in ("first one", "second one", "third one")]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["InvalidInput", "InvalidInput", "User"]


async def test_a_reset_token_expires(ports: Ports, anna: User, clock: FakeClock) -> None:
    token = await request_password_reset(ports, SYSTEM, "anna@example.org")
    clock.advance(3600)
    with pytest.raises(InvalidInput):
        await reset_password(ports, token, NEW)


async def test_a_new_token_replaces_the_old(ports: Ports, anna: User) -> None:
    old, new = [await request_password_reset(ports, SYSTEM, "anna@example.org") for _ in range(2)]
    with pytest.raises(InvalidInput):
        await reset_password(ports, old, NEW)
    await reset_password(ports, new, NEW)


async def test_a_password_changed_otherwise_voids_the_token(ports: Ports, anna: User) -> None:
    token = await request_password_reset(ports, SYSTEM, "anna@example.org")
    await change_password(ports, await acting(anna), PASSWORD, NEW)
    with pytest.raises(InvalidInput):
        await reset_password(ports, token, "attacker's choice")


@pytest.mark.parametrize("token", ["", "guess", "\x00\ud800"])
async def test_noise_is_no_token(ports: Ports, anna: User, token: str) -> None:
    with pytest.raises(InvalidInput):
        await reset_password(ports, token, NEW)


@pytest.mark.parametrize("email", ["nobody@example.org", "anna", "", "\x00@x", "x" * 300 + "@x"])
async def test_an_unknown_email_is_not_found(ports: Ports, anna: User, email: str) -> None:
    with pytest.raises(NotFound):
        await request_password_reset(ports, SYSTEM, email)


async def test_tokens_are_the_platforms_to_hand_out(ports: Ports, anna: User, admin: User, owner: User) -> None:
    wrong: list[tuple[Actor, str]] = [
        (await acting(anna), "anna@example.org"),
        (await acting(admin), "owner@example.org"),
    ]
    for actor, email in wrong:
        with pytest.raises(Forbidden):
            await request_password_reset(ports, actor, email)
    assert await request_password_reset(ports, await acting(owner), "owner@example.org")


async def test_a_disabled_user_resets_nothing(ports: Ports, anna: User) -> None:
    token = await request_password_reset(ports, SYSTEM, "anna@example.org")
    await disable_user(ports, SYSTEM, anna.id)
    refused: list[tuple[type[DomainError], Awaitable[object]]] = [
        (InvalidInput, reset_password(ports, token, NEW)),
        (Conflict, request_password_reset(ports, SYSTEM, "anna@example.org")),
    ]
    for error, attempt in refused:
        with pytest.raises(error):
            await attempt
