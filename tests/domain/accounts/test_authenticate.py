from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.access import Actor, may
from domain.accounts.authenticate import Credential, CredentialKind, authenticate, main_tenant
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.disable_user import disable_user
from domain.accounts.enable_user import enable_user
from domain.accounts.identity_cache import IdentityCache
from domain.accounts.key_forms import KEY_DOORS
from domain.accounts.revoke_api_key import revoke_api_key
from domain.accounts.sign_in import sign_in
from domain.accounts.tokens import encode_access_token
from domain.errors import Unauthenticated
from domain.models import ApiKey, Membership, OutboxEvent, PlatformRole, Session, Tenant, TenantRole, User
from domain.ports import Ports
from domain.tenants.remove_member import remove_member
from tests.domain.people import PASSWORD, SYSTEM, a_user, acting, tenant_of
from tests.fakes import FakeClock

ANY, API_KEY, ACCESS_TOKEN = CredentialKind.ANY, CredentialKind.API_KEY, CredentialKind.ACCESS_TOKEN


async def key_of(ports: Ports, user: User, door: str = "graphql", **spec: Any) -> tuple[ApiKey, str]:
    return await create_api_key(ports, SYSTEM, KeySpec(door, user_id=user.id, **spec))


async def enter(
    ports: Ports,
    text: str | None,
    door: str = "graphql",
    kind: CredentialKind = ANY,
    cache: IdentityCache | None = None,
) -> Actor:
    return await authenticate(ports, Credential(kind, text, door, "203.0.113.7"), cache)


async def refused_for(ports: Ports, text: str | None, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await enter(ports, text, *args, **kwargs)
    assert caught.value.message == "A valid credential is needed."
    return str(caught.value.details["reason"])


async def test_an_access_token_is_its_session(ports: Ports, anna: User) -> None:
    signed_in = await sign_in(ports, "anna", PASSWORD)
    actor = await enter(ports, signed_in.access_token, "console")
    tenant = await tenant_of(anna)
    assert actor == Actor(
        user_id=anna.id,
        credential=f"session:{signed_in.session.id}",
        door="console",
        tenant_id=tenant.id,
        memberships={tenant.id: TenantRole.OWNER},
        expires_at=signed_in.access_expires_at,
        address="203.0.113.7",
    )


async def test_an_api_key_is_its_user(ports: Ports, anna: User) -> None:
    row, text = await key_of(ports, anna)
    actor = await enter(ports, f" {text}\n")
    tenant = await tenant_of(anna)
    assert actor == Actor(
        user_id=anna.id,
        credential=f"key:{row.id}",
        door="graphql",
        tenant_id=tenant.id,
        memberships={tenant.id: TenantRole.OWNER},
        address="203.0.113.7",
    )


async def test_a_keys_limits_are_the_actors(ports: Ports, anna: User) -> None:
    until = ports.clock.now() + timedelta(days=1)
    limits: dict[str, Any] = {"scopes": ["instances:read"], "read_only": True, "flavour": "0.3", "expires_at": until}
    _, text = await key_of(ports, anna, "cloudzy", **limits)
    actor = await enter(ports, text, "cloudzy", API_KEY)
    assert (actor.scopes, actor.read_only) == (frozenset({"instances:read"}), True)
    assert (actor.flavour, actor.expires_at) == ("0.3", until)
    assert may(actor, "instances:read")
    assert not may(actor, "images:read")


async def test_a_key_of_one_tenant_sees_only_that(ports: Ports, anna: User, bert: User) -> None:
    guest_in = await tenant_of(bert)
    await Membership.create(tenant_id=guest_in.id, user_id=anna.id, role=TenantRole.VIEWER)
    _, narrowed = await key_of(ports, anna, tenant_id=guest_in.id)
    _, wide = await key_of(ports, anna)
    actor = await enter(ports, narrowed)
    assert (actor.tenant_id, dict(actor.memberships)) == (guest_in.id, {guest_in.id: TenantRole.VIEWER})
    assert len((await enter(ports, wide)).memberships) == 2


async def test_the_platform_role_is_left_behind_by_a_key_of_one_tenant(ports: Ports, owner: User) -> None:
    _, narrowed = await key_of(ports, owner, tenant_id=(await tenant_of(owner)).id)
    _, wide = await key_of(ports, owner)
    assert (await enter(ports, narrowed)).platform_role is None
    assert (await enter(ports, wide)).platform_role is PlatformRole.OWNER


async def test_the_platform_role_is_left_behind_by_a_session_of_one_tenant(ports: Ports, owner: User) -> None:
    signed_in = await sign_in(ports, "owner", PASSWORD, tenant=(await tenant_of(owner)).slug)
    assert (await enter(ports, signed_in.access_token)).platform_role is None


async def test_new_things_go_where_one_may_do_most(ports: Ports, anna: User, bert: User) -> None:
    own = await tenant_of(anna)
    clara = await a_user(ports, "clara", tenant=own, role=TenantRole.VIEWER)
    later = await Tenant.create(slug="later", name="later")
    await Membership.create(tenant=later, user=clara, role=TenantRole.OPERATOR)
    assert (await acting(clara)).tenant_id == later.id
    assert main_tenant({}) is None


@pytest.mark.parametrize("door", KEY_DOORS)
async def test_a_key_opens_its_own_door_and_graphql(ports: Ports, owner: User, door: str) -> None:
    _, text = await key_of(ports, owner, door)
    for accepted in (door, "graphql", "console"):
        assert (await enter(ports, text, accepted)).door == accepted
    others = {*KEY_DOORS, "quazzar_panel"} - {door, "graphql"}
    assert {await refused_for(ports, text, other) for other in others} == {"unknown"}


async def test_each_kind_is_only_what_was_asked_for(ports: Ports, anna: User) -> None:
    _, key = await key_of(ports, anna)
    token = (await sign_in(ports, "anna", PASSWORD)).access_token
    cache = IdentityCache(ttl_s=5)
    for text, right, wrong in ((key, API_KEY, ACCESS_TOKEN), (token, ACCESS_TOKEN, API_KEY)):
        for _ in range(2):  # the second time from the cache
            assert await refused_for(ports, text, kind=wrong, cache=cache) == "unknown"
            assert (await enter(ports, text, kind=right, cache=cache)).user_id == anna.id


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "missing"),
        ("", "missing"),
        (" ", "missing"),
        ("gh_guess", "unknown"),
        ("a.b.c", "unknown"),
        ("\x00\ud800", "unknown"),
    ],
)
async def test_noise_is_refused(ports: Ports, anna: User, text: str | None, reason: str) -> None:
    assert await refused_for(ports, text) == reason


async def test_a_key_expires(ports: Ports, anna: User, clock: FakeClock) -> None:
    _, text = await key_of(ports, anna, expires_at=clock.now() + timedelta(seconds=60))
    cache = IdentityCache(ttl_s=100)
    await enter(ports, text, cache=cache)
    clock.advance(60)
    assert await refused_for(ports, text, cache=cache) == "expired"
    assert await refused_for(ports, text) == "expired"


async def test_a_token_expires_even_when_cached(ports: Ports, anna: User, clock: FakeClock) -> None:
    token = (await sign_in(ports, "anna", PASSWORD)).access_token
    clock.advance(ports.limits.access_token_ttl_s - 1)
    cache = IdentityCache(ttl_s=100)
    await enter(ports, token, cache=cache)
    clock.advance(1)
    assert await refused_for(ports, token, cache=cache) == "expired"


async def test_a_revoked_key_is_refused(ports: Ports, anna: User) -> None:
    row, text = await key_of(ports, anna)
    await revoke_api_key(ports, await acting(anna), row.id)
    assert await refused_for(ports, text) == "revoked"


async def test_a_token_of_no_session_is_refused(ports: Ports, anna: User, bert: User) -> None:
    text, _ = encode_access_token(ports, anna.id, uuid4())
    assert await refused_for(ports, text) == "unknown"
    session = (await sign_in(ports, "bert", PASSWORD)).session
    mixed, _ = encode_access_token(ports, anna.id, session.id)
    assert await refused_for(ports, mixed) == "unknown"


async def test_a_disabled_users_credentials_rest(ports: Ports, anna: User) -> None:
    _, key = await key_of(ports, anna)
    token = (await sign_in(ports, "anna", PASSWORD)).access_token
    await disable_user(ports, SYSTEM, anna.id)
    assert {await refused_for(ports, text) for text in (key, token)} == {"revoked"}
    await enable_user(ports, SYSTEM, anna.id)
    assert (await enter(ports, key)).user_id == anna.id
    assert await refused_for(ports, token) == "revoked"


async def test_who_left_the_tenant_has_no_key_to_it(ports: Ports, anna: User, bert: User) -> None:
    tenant = await tenant_of(bert)
    await Membership.create(tenant_id=tenant.id, user_id=anna.id, role=TenantRole.ADMIN)
    _, text = await key_of(ports, anna, tenant_id=tenant.id)
    await Membership.filter(tenant_id=tenant.id, user_id=anna.id).delete()
    assert await refused_for(ports, text) == "revoked"


async def test_last_use_is_noted_at_most_once_a_minute(ports: Ports, anna: User, clock: FakeClock) -> None:
    row, text = await key_of(ports, anna)
    first = clock.now()
    await enter(ports, text)
    clock.advance(60)
    await enter(ports, text)
    assert (await ApiKey.get(id=row.id)).last_used_at == first
    clock.advance(1)
    await enter(ports, text)
    assert (await ApiKey.get(id=row.id)).last_used_at == clock.now()


async def test_a_sessions_last_use_is_noted_too(ports: Ports, anna: User, clock: FakeClock) -> None:
    signed_in = await sign_in(ports, "anna", PASSWORD)
    clock.advance(61)
    await enter(ports, signed_in.access_token)
    assert (await Session.get(id=signed_in.session.id)).last_used_at == clock.now()


async def test_a_refused_use_is_not_noted(ports: Ports, anna: User) -> None:
    row, text = await key_of(ports, anna, "cloudzy")
    await refused_for(ports, text, "cloudron")
    assert (await ApiKey.get(id=row.id)).last_used_at is None


async def test_the_cache_spares_the_database(ports: Ports, anna: User, clock: FakeClock) -> None:
    _, text = await key_of(ports, anna)
    cache = IdentityCache(ttl_s=5)
    first = await enter(ports, text, cache=cache)
    await ApiKey.all().delete()
    again = await authenticate(ports, Credential(ANY, text, "console", "198.51.100.1"), cache)
    assert again == replace(first, door="console", address="198.51.100.1")
    clock.advance(5)
    assert await refused_for(ports, text, cache=cache) == "unknown"


async def test_what_happens_reaches_the_cache_by_events(ports: Ports, anna: User, bert: User) -> None:
    """Whatever shuts somebody out tells an event that drops them from every cache."""
    tenant = await tenant_of(bert)
    await Membership.create(tenant_id=tenant.id, user_id=anna.id, role=TenantRole.ADMIN)
    row, key = await key_of(ports, anna)
    _, narrowed = await key_of(ports, anna, tenant_id=tenant.id)
    _, of_bert = await key_of(ports, bert)
    cache = IdentityCache(ttl_s=1000)
    await OutboxEvent.all().delete()
    for text in (key, narrowed, of_bert):
        await enter(ports, text, cache=cache)
    await remove_member(ports, await acting(bert), tenant.id, anna.id)
    await revoke_api_key(ports, await acting(anna), row.id)
    await disable_user(ports, SYSTEM, bert.id)
    for event in await OutboxEvent.all().order_by("seq"):
        cache.hear(event.name, event.payload)
    assert {await refused_for(ports, text, cache=cache) for text in (key, narrowed, of_bert)} == {"revoked"}
