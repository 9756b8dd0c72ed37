"""add_member, change_member_role and remove_member."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.sign_in import sign_in
from domain.errors import Conflict, Forbidden, NotFound
from domain.models import ApiKey, Membership, Session, Tenant, TenantRole, User
from domain.ports import Ports
from domain.tenants.add_member import add_member
from domain.tenants.change_member_role import change_member_role
from domain.tenants.remove_member import remove_member
from tests.domain.people import PASSWORD, SYSTEM, a_user, acting, audited, told

OWNER, ADMIN, OPERATOR, VIEWER = TenantRole


async def roles_in(tenant: Tenant) -> dict[str, TenantRole]:
    rows = await Membership.filter(tenant_id=tenant.id).select_related("user")
    return {row.user.username: row.role for row in rows}


@pytest.mark.parametrize("name", ["id", "username", "email"])
async def test_a_member_is_added_by_any_exact_name(
    ports: Ports, anna: User, bert: User, tenant: Tenant, name: str
) -> None:
    added = await add_member(ports, await acting(anna), str(tenant.id), str(getattr(bert, name)), OPERATOR)
    assert (added.user_id, added.role) == (bert.id, OPERATOR)
    expected = {"tenant_id": str(tenant.id), "user_id": str(bert.id), "role": "operator"}
    assert (await told("MemberChanged"))[-1] == expected
    [entry] = await audited("member.added")
    assert (entry.subject, entry.tenant_id, entry.details) == (str(bert.id), tenant.id, {"role": "operator"})


async def test_an_id_as_a_uuid_is_taken_too(ports: Ports, anna: User, bert: User, tenant: Tenant) -> None:
    assert (await add_member(ports, await acting(anna), tenant.id, bert.id, VIEWER)).user_id == bert.id


@pytest.mark.parametrize("user", [UUID(int=1), str(UUID(int=1)), "ber", "bert@", "\x00", "\ud800", ""])
async def test_an_unknown_user_is_not_found(ports: Ports, anna: User, bert: User, tenant: Tenant, user: Any) -> None:
    with pytest.raises(NotFound):
        await add_member(ports, await acting(anna), tenant.id, user, VIEWER)


async def test_a_member_is_not_added_twice(ports: Ports, anna: User, viewer: User, tenant: Tenant) -> None:
    with pytest.raises(Conflict) as caught:
        await add_member(ports, await acting(anna), tenant.id, "viewer", OPERATOR)
    assert caught.value.details["field"] == "user"
    assert (await roles_in(tenant))["viewer"] is VIEWER


async def test_of_two_additions_at_once_one_wins(ports: Ports, anna: User, bert: User, tenant: Tenant) -> None:
    actor = await acting(anna)
    attempts = [add_member(ports, actor, tenant.id, bert.id, role) for role in (VIEWER, OPERATOR)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Membership"]


async def test_a_role_is_changed(ports: Ports, anna: User, viewer: User, tenant: Tenant) -> None:
    changed = await change_member_role(ports, await acting(anna), str(tenant.id), str(viewer.id), ADMIN)
    assert changed.role is ADMIN
    assert (await roles_in(tenant))["viewer"] is ADMIN
    assert (await told("MemberChanged"))[-1]["role"] == "admin"
    [entry] = await audited("member.role_changed")
    assert (entry.subject, entry.details) == (str(viewer.id), {"before": "viewer", "after": "admin"})


async def test_the_same_role_again_is_not_told(ports: Ports, anna: User, viewer: User, tenant: Tenant) -> None:
    before = await told("MemberChanged")
    assert (await change_member_role(ports, await acting(anna), tenant.id, viewer.id, VIEWER)).role is VIEWER
    assert await told("MemberChanged") == before
    assert await audited("member.role_changed") == []


async def test_a_member_is_removed(ports: Ports, anna: User, viewer: User, tenant: Tenant) -> None:
    await remove_member(ports, await acting(anna), str(tenant.id), str(viewer.id))
    assert set(await roles_in(tenant)) == {"anna"}
    expected = {"tenant_id": str(tenant.id), "user_id": str(viewer.id), "role": None}
    assert (await told("MemberChanged"))[-1] == expected
    [entry] = await audited("member.removed")
    assert (entry.subject, entry.tenant_id, entry.details) == (str(viewer.id), tenant.id, {"left": False})


async def test_credentials_for_the_tenant_end_with_the_membership(
    ports: Ports, anna: User, helper: User, bert: User, tenant: Tenant
) -> None:
    await add_member(ports, SYSTEM, tenant.id, bert.id, ADMIN)
    narrow, _ = await create_api_key(ports, SYSTEM, KeySpec("graphql", user_id=bert.id, tenant_id=tenant.id))
    wide, _ = await create_api_key(ports, SYSTEM, KeySpec("graphql", user_id=bert.id))
    of_helper, _ = await create_api_key(ports, SYSTEM, KeySpec("graphql", user_id=helper.id, tenant_id=tenant.id))
    inside = (await sign_in(ports, "bert", PASSWORD, tenant=tenant.slug)).session
    anywhere = (await sign_in(ports, "bert", PASSWORD)).session
    await remove_member(ports, await acting(anna), tenant.id, bert.id)
    assert {row.id for row in await ApiKey.filter(revoked_at__isnull=True)} == {wide.id, of_helper.id}
    assert [row.id for row in await Session.filter(revoked_at__isnull=True)] == [anywhere.id]
    closed = {event["credential"]: event["reason"] for event in await told("CredentialRevoked")}
    assert closed == {f"key:{narrow.id}": "membership_ended", f"session:{inside.id}": "membership_ended"}


async def test_anybody_may_leave(ports: Ports, viewer: User, tenant: Tenant) -> None:
    await remove_member(ports, await acting(viewer), tenant.id, viewer.id)
    assert "viewer" not in await roles_in(tenant)
    assert [entry.details for entry in await audited("member.removed")] == [{"left": True}]


@pytest.mark.parametrize("narrowing", [{"read_only": True}, {"scopes": frozenset({"instances:write"})}])
async def test_a_narrowed_credential_does_not_leave(
    ports: Ports, viewer: User, tenant: Tenant, narrowing: dict[str, Any]
) -> None:
    with pytest.raises(Forbidden):
        await remove_member(ports, await acting(viewer, **narrowing), tenant.id, viewer.id)


async def test_the_last_owner_stays_an_owner(ports: Ports, anna: User, helper: User, tenant: Tenant) -> None:
    for actor in (await acting(anna), SYSTEM):
        for attempt in (
            change_member_role(ports, actor, tenant.id, anna.id, ADMIN),
            remove_member(ports, actor, tenant.id, anna.id),
        ):
            with pytest.raises(Conflict) as caught:
                await attempt
            assert caught.value.details["reason"] == "last_owner"
    assert (await roles_in(tenant))["anna"] is OWNER


async def test_an_owner_who_is_not_the_last_may_go(ports: Ports, anna: User, helper: User, tenant: Tenant) -> None:
    await change_member_role(ports, await acting(anna), tenant.id, helper.id, OWNER)
    await remove_member(ports, await acting(anna), tenant.id, anna.id)
    assert await roles_in(tenant) == {"helper": OWNER}


async def test_the_owners_cannot_all_leave_at_once(ports: Ports, anna: User, tenant: Tenant) -> None:
    owners = [anna, *[await a_user(ports, f"o{n}", tenant=tenant, role=OWNER) for n in range(5)]]
    actors = [await acting(user) for user in owners]
    await asyncio.gather(*(Tenant.get(id=tenant.id) for _ in owners))  # so that each finds a connection open
    attempts = [remove_member(ports, actor, tenant.id, user.id) for actor, user in zip(actors, owners, strict=True)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert [type(result) for result in results if result is not None] == [Conflict]
    assert len(await roles_in(tenant)) == 1


async def test_owners_are_made_and_unmade_by_owners(
    ports: Ports, anna: User, helper: User, bert: User, tenant: Tenant
) -> None:
    actor = await acting(helper)
    attempts = [
        add_member(ports, actor, tenant.id, bert.id, OWNER),
        change_member_role(ports, actor, tenant.id, helper.id, OWNER),
        change_member_role(ports, actor, tenant.id, anna.id, VIEWER),
        remove_member(ports, actor, tenant.id, anna.id),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            await attempt
    assert await roles_in(tenant) == {"anna": OWNER, "helper": ADMIN}


async def test_the_platform_makes_owners(ports: Ports, admin: User, bert: User, tenant: Tenant) -> None:
    assert (await add_member(ports, await acting(admin), tenant.id, bert.id, OWNER)).role is OWNER


async def test_members_are_the_admins_to_change(
    ports: Ports, anna: User, viewer: User, bert: User, tenant: Tenant
) -> None:
    for narrowed in (await acting(viewer), await acting(anna, read_only=True)):
        attempts = [
            add_member(ports, narrowed, tenant.id, bert.id, VIEWER),
            change_member_role(ports, narrowed, tenant.id, viewer.id, OPERATOR),
            remove_member(ports, narrowed, tenant.id, anna.id if narrowed.user_id != anna.id else viewer.id),
        ]
        for attempt in attempts:
            with pytest.raises(Forbidden):
                await attempt


async def test_an_admin_elsewhere_has_no_right_here(ports: Ports, viewer: User, bert: User, tenant: Tenant) -> None:
    await add_member(ports, SYSTEM, tenant.id, bert.id, VIEWER)
    actor = await acting(bert)
    attempts = [
        add_member(ports, actor, tenant.id, "admin", VIEWER),
        change_member_role(ports, actor, tenant.id, viewer.id, OPERATOR),
        remove_member(ports, actor, tenant.id, viewer.id),
    ]
    for attempt in attempts:
        with pytest.raises(Forbidden):
            await attempt


async def test_a_foreign_tenant_is_not_found(ports: Ports, viewer: User, bert: User, tenant: Tenant) -> None:
    actor, before = await acting(bert), await roles_in(tenant)
    for tenant_id in (tenant.id, uuid4(), "nonsense"):
        attempts = [
            add_member(ports, actor, tenant_id, bert.id, VIEWER),
            change_member_role(ports, actor, tenant_id, viewer.id, OPERATOR),
            remove_member(ports, actor, tenant_id, viewer.id),
            remove_member(ports, actor, tenant_id, bert.id),
        ]
        for attempt in attempts:
            with pytest.raises(NotFound):
                await attempt
    assert await roles_in(tenant) == before


async def test_who_is_no_member_is_not_found(ports: Ports, anna: User, bert: User, tenant: Tenant) -> None:
    actor = await acting(anna)
    for user_id in (bert.id, uuid4(), "nonsense"):
        for attempt in (
            change_member_role(ports, actor, tenant.id, user_id, OPERATOR),
            remove_member(ports, actor, tenant.id, user_id),
        ):
            with pytest.raises(NotFound):
                await attempt
