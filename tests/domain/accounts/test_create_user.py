from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tortoise.context import TortoiseContext

from domain.accounts.create_user import UserSpec, create_user
from domain.accounts.passwords import verify_password
from domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from domain.models import Membership, PlatformRole, Tenant, TenantRole, User
from domain.ports import Ports
from tests.domain.people import QUICK_HASH, SYSTEM, acting, audited, tenant_of, told

SPEC = UserSpec("Clara", "Clara@example.org", password_hash=QUICK_HASH)


async def test_a_user_has_a_tenant_of_their_own(ports: Ports, database: TortoiseContext) -> None:
    user = await create_user(ports, SYSTEM, replace(SPEC, username="Clara Käse", external_id="4711"))
    saved = await User.get(id=user.id)
    assert (saved.username, saved.email, saved.external_id) == ("Clara Käse", "Clara@example.org", "4711")
    assert saved.platform_role is None
    assert saved.disabled is False
    membership = await Membership.get(user_id=user.id).select_related("tenant")
    assert membership.role is TenantRole.OWNER
    assert (membership.tenant.slug, membership.tenant.name) == ("clara-kase", "Clara Käse")


async def test_it_is_told_and_noted(ports: Ports, database: TortoiseContext) -> None:
    user = await create_user(ports, SYSTEM, SPEC)
    [event] = await told("UserChanged")
    assert (event["id"], event["username"], event["disabled"]) == (str(user.id), "Clara", False)
    assert "password_hash" not in event
    assert len(await told("TenantChanged")) == len(await told("MemberChanged")) == 1
    [entry] = await audited("user.created")
    assert (entry.subject, entry.credential) == (str(user.id), "system")


async def test_a_password_is_hashed(ports: Ports, database: TortoiseContext) -> None:
    user = await create_user(ports, SYSTEM, replace(SPEC, password_hash=None, password="eight888"))
    assert user.password_hash is not None
    assert user.password_hash.startswith("$argon2id$")
    assert await verify_password(user.password_hash, "eight888")
    assert user.password_changed_at == ports.clock.now()


async def test_a_user_may_have_no_password_yet(ports: Ports, database: TortoiseContext) -> None:
    user = await create_user(ports, SYSTEM, replace(SPEC, password_hash=None))
    assert (user.password_hash, user.password_changed_at) == (None, None)


async def test_a_foreign_door_may_ask_for_shorter_passwords(ports: Ports, database: TortoiseContext) -> None:
    spec = replace(SPEC, password_hash=None, password="x", min_password_length=1)
    assert (await create_user(ports, SYSTEM, spec)).password_hash


async def test_a_user_can_join_a_tenant_instead(ports: Ports, anna: User) -> None:
    tenant = await tenant_of(anna)
    user = await create_user(ports, SYSTEM, replace(SPEC, tenant_id=str(tenant.id), tenant_role=TenantRole.OPERATOR))
    [membership] = await Membership.filter(user_id=user.id)
    assert (membership.tenant_id, membership.role) == (tenant.id, TenantRole.OPERATOR)
    assert await Tenant.all().count() == 1
    assert (await told("MemberChanged"))[-1]["role"] == "operator"


@pytest.mark.parametrize("tenant_id", [str(UUID(int=1)), "nonsense"])
async def test_an_unknown_tenant_is_not_found(ports: Ports, database: TortoiseContext, tenant_id: str) -> None:
    with pytest.raises(NotFound):
        await create_user(ports, SYSTEM, replace(SPEC, tenant_id=tenant_id))
    assert not await User.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "CLARA", "email": "other@example.org"}, "username"),
        ({"username": "other", "email": "CLARA@EXAMPLE.ORG"}, "email"),
        ({"username": "other", "email": "other@example.org", "external_id": "4711"}, "external_id"),
    ],
)
async def test_names_are_unique_whatever_their_case(
    ports: Ports, database: TortoiseContext, changes: dict[str, Any], field: str
) -> None:
    await create_user(ports, SYSTEM, replace(SPEC, external_id="4711"))
    with pytest.raises(Conflict) as caught:
        await create_user(ports, SYSTEM, replace(SPEC, **changes))
    assert caught.value.details["field"] == field
    assert await User.all().count() == await Tenant.all().count() == 1


async def test_of_two_at_once_one_is_told_which_name_is_taken(ports: Ports, database: TortoiseContext) -> None:
    specs = [replace(SPEC, email=f"{n}@example.org") for n in range(4)]
    results = await asyncio.gather(*(create_user(ports, SYSTEM, s) for s in specs), return_exceptions=True)
    refused = [r for r in results if isinstance(r, Conflict)]
    assert len(refused) == 3
    assert {r.details["field"] for r in refused} == {"username"}
    assert await User.all().count() == await Tenant.all().count() == 1


async def test_namesakes_get_slugs_of_their_own_even_at_once(ports: Ports, database: TortoiseContext) -> None:
    specs = [UserSpec(f"Clara{'!' * n}", f"{n}@example.org") for n in range(4)]
    await asyncio.gather(*(create_user(ports, SYSTEM, spec) for spec in specs))
    slugs = [tenant.slug for tenant in await Tenant.all()]
    assert len(set(slugs)) == 4
    assert all(slug == "clara" or slug.startswith("clara-") for slug in slugs)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": ""}, "username"),
        ({"email": "nowhere"}, "email"),
        ({"external_id": "\x00"}, "external_id"),
        ({"password_hash": "plain"}, "password_hash"),
        ({"password": "eight888"}, "password_hash"),
        ({"password_hash": None, "password": "short"}, "password"),
        ({"password_hash": None, "password": "x" * 1025}, "password"),
    ],
)
async def test_bad_fields_are_named_and_nothing_is_written(
    ports: Ports, database: TortoiseContext, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await create_user(ports, SYSTEM, replace(SPEC, **changes))
    assert caught.value.details["field"] == field
    assert not await User.exists()
    assert not await Tenant.exists()


async def test_only_the_platform_makes_users(ports: Ports, anna: User) -> None:
    with pytest.raises(Forbidden):
        await create_user(ports, await acting(anna), SPEC)


async def test_a_read_only_credential_makes_none(ports: Ports, owner: User) -> None:
    with pytest.raises(Forbidden):
        await create_user(ports, await acting(owner, read_only=True), SPEC)


@pytest.mark.parametrize("role", PlatformRole)
async def test_only_owners_make_owners_and_admins(ports: Ports, admin: User, owner: User, role: PlatformRole) -> None:
    with pytest.raises(Forbidden):
        await create_user(ports, await acting(admin), replace(SPEC, platform_role=role))
    made = await create_user(ports, await acting(owner), replace(SPEC, platform_role=role))
    assert made.platform_role is role


async def test_an_admin_makes_ordinary_users(ports: Ports, admin: User) -> None:
    assert (await create_user(ports, await acting(admin), SPEC)).platform_role is None
