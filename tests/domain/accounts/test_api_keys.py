"""create_api_key, revoke_api_key and the queries of keys."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.access import Actor
from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.digest import digest_of
from domain.accounts.queries import get_api_key, list_api_keys
from domain.accounts.revoke_api_key import revoke_api_key
from domain.accounts.sign_in import sign_in
from domain.errors import Forbidden, InvalidInput, NotFound, Unauthenticated
from domain.models import ApiKey, Membership, Tenant, TenantRole, User
from domain.paging import Order, PageRequest
from domain.ports import Ports
from tests.domain.people import PASSWORD, SYSTEM, a_user, acting, audited, tenant_of, told
from tests.fakes import FakeClock


async def behind(ports: Ports, text: str) -> Actor:
    return await authenticate(ports, Credential(CredentialKind.API_KEY, text, "graphql"))


async def issue(ports: Ports, user: User, **spec: Any) -> ApiKey:
    row, _ = await create_api_key(ports, SYSTEM, KeySpec("graphql", user_id=user.id, **spec))
    return row


def ids(rows: Iterable[ApiKey]) -> set[object]:
    return {row.id for row in rows}


@pytest.fixture
async def shared(anna: User) -> Tenant:
    """Anna's tenant."""
    return await tenant_of(anna)


@pytest.fixture
async def viewer(ports: Ports, shared: Tenant) -> User:
    """A member of Anna's tenant who may only look."""
    return await a_user(ports, "viewer", tenant=shared, role=TenantRole.VIEWER)


async def test_only_a_digest_and_the_start_are_stored(ports: Ports, anna: User) -> None:
    row, text = await create_api_key(ports, await acting(anna), KeySpec("graphql", name=" laptop "))
    saved = await ApiKey.get(id=row.id)
    assert (saved.key_hash, saved.prefix, saved.name) == (digest_of(text), text[:9], "laptop")
    assert (saved.user_id, saved.tenant_id, saved.scopes, saved.read_only) == (anna.id, None, None, False)
    [columns] = await ApiKey.filter(id=row.id).values()
    assert text not in str(columns)


async def test_it_is_noted(ports: Ports, anna: User, shared: Tenant) -> None:
    row, text = await create_api_key(ports, await acting(anna), KeySpec("graphql", tenant_id=str(shared.id)))
    [entry] = await audited("api_key.created")
    assert (entry.subject, entry.tenant_id, entry.user_id) == (str(row.id), shared.id, anna.id)
    assert entry.details == {"user": str(anna.id), "door": "graphql"}
    assert text not in str(entry.details)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (KeySpec("telnet"), "door"),
        (KeySpec("graphql", name="a\nb"), "name"),
        (KeySpec("graphql", name="x" * 101), "name"),
        (KeySpec("graphql", flavour="x" * 25), "flavour"),
        (KeySpec("graphql", scopes=["instances:fly"]), "scopes"),
        (KeySpec("graphql", expires_at=datetime(2030, 1, 1)), "expires_at"),
    ],
)
async def test_bad_fields_are_named(ports: Ports, anna: User, spec: KeySpec, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await create_api_key(ports, await acting(anna), spec)
    assert caught.value.details["field"] == field
    assert not await ApiKey.exists()


async def test_a_key_does_not_expire_in_the_past(ports: Ports, anna: User) -> None:
    with pytest.raises(InvalidInput):
        await create_api_key(ports, await acting(anna), KeySpec("graphql", expires_at=ports.clock.now()))


async def test_a_viewer_issues_none(ports: Ports, viewer: User) -> None:
    with pytest.raises(Forbidden):
        await create_api_key(ports, await acting(viewer), KeySpec("graphql"))


async def test_the_right_is_asked_for_in_the_keys_tenant(ports: Ports, anna: User, bert: User) -> None:
    of_bert = await tenant_of(bert)
    await Membership.create(tenant_id=of_bert.id, user_id=anna.id, role=TenantRole.VIEWER)
    with pytest.raises(Forbidden):
        await create_api_key(ports, await acting(anna), KeySpec("graphql", tenant_id=of_bert.id))


async def test_a_foreign_tenant_is_not_found(ports: Ports, anna: User, bert: User) -> None:
    for tenant_id in ((await tenant_of(bert)).id, uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            await create_api_key(ports, await acting(anna), KeySpec("graphql", tenant_id=tenant_id))


async def test_the_user_must_be_a_member_of_the_keys_tenant(ports: Ports, anna: User, bert: User, owner: User) -> None:
    spec = KeySpec("graphql", user_id=bert.id, tenant_id=(await tenant_of(anna)).id)
    with pytest.raises(InvalidInput):
        await create_api_key(ports, await acting(owner), spec)


async def test_a_read_only_credential_issues_none(ports: Ports, anna: User) -> None:
    with pytest.raises(Forbidden):
        await create_api_key(ports, await acting(anna, read_only=True), KeySpec("graphql"))


async def test_nobody_gives_a_right_they_do_not_have(ports: Ports, anna: User) -> None:
    with pytest.raises(Forbidden) as caught:
        await create_api_key(ports, await acting(anna), KeySpec("graphql", scopes=["nodes:write"]))
    assert caught.value.details["scope"] == "nodes:write"


async def test_rights_are_counted_in_the_keys_tenant(ports: Ports, anna: User, bert: User) -> None:
    """An operator there, who is an owner elsewhere, has no right to give there."""
    of_bert = await tenant_of(bert)
    await Membership.create(tenant_id=of_bert.id, user_id=anna.id, role=TenantRole.OPERATOR)
    spec = KeySpec("graphql", tenant_id=of_bert.id, scopes=["members:write"])
    with pytest.raises(Forbidden):
        await create_api_key(ports, await acting(anna), spec)


async def test_what_is_not_said_is_taken_from_the_credential(ports: Ports, anna: User, shared: Tenant) -> None:
    """Else a narrow key could make itself a wide one."""
    until = ports.clock.now() + timedelta(days=1)
    scopes = ["instances:read", "keys:write"]
    spec = KeySpec("graphql", user_id=anna.id, tenant_id=shared.id, scopes=scopes, expires_at=until)
    _, text = await create_api_key(ports, SYSTEM, spec)
    child, _ = await create_api_key(ports, await behind(ports, text), KeySpec("graphql"))
    assert (child.tenant_id, child.scopes, child.expires_at) == (shared.id, scopes, until)


async def test_a_key_does_not_outlive_its_maker(ports: Ports, anna: User) -> None:
    until = ports.clock.now() + timedelta(days=1)
    spec = KeySpec("graphql", user_id=anna.id, expires_at=until)
    _, text = await create_api_key(ports, SYSTEM, spec)
    actor = await behind(ports, text)
    with pytest.raises(InvalidInput):
        await create_api_key(ports, actor, KeySpec("graphql", expires_at=until + timedelta(seconds=1)))
    child, _ = await create_api_key(ports, actor, KeySpec("graphql", expires_at=until - timedelta(hours=1)))
    assert child.expires_at == until - timedelta(hours=1)


async def test_a_session_makes_keys_that_outlive_it(ports: Ports, anna: User) -> None:
    signed_in = await sign_in(ports, "anna", PASSWORD)
    actor = await authenticate(ports, Credential(CredentialKind.ANY, signed_in.access_token, "graphql"))
    row, _ = await create_api_key(ports, actor, KeySpec("graphql"))
    assert row.expires_at is None


async def test_a_narrowed_session_makes_narrowed_keys(ports: Ports, owner: User) -> None:
    tenant = await tenant_of(owner)
    signed_in = await sign_in(ports, "owner", PASSWORD, tenant=tenant.id)
    actor = await authenticate(ports, Credential(CredentialKind.ANY, signed_in.access_token, "graphql"))
    row, _ = await create_api_key(ports, actor, KeySpec("graphql"))
    assert row.tenant_id == tenant.id


async def test_a_credential_that_is_gone_makes_nothing(ports: Ports, anna: User) -> None:
    for credential in (f"key:{uuid4()}", f"session:{uuid4()}"):
        with pytest.raises(Unauthenticated):
            await create_api_key(ports, await acting(anna, credential=credential), KeySpec("graphql"))


async def test_the_platform_must_say_for_whom(ports: Ports, anna: User) -> None:
    with pytest.raises(InvalidInput) as caught:
        await create_api_key(ports, SYSTEM, KeySpec("graphql"))
    assert caught.value.details["field"] == "user_id"


async def test_others_keys_are_the_platforms_to_make(ports: Ports, anna: User, viewer: User, admin: User) -> None:
    spec = KeySpec("graphql", user_id=str(viewer.id))
    with pytest.raises(Forbidden):
        await create_api_key(ports, await acting(anna), spec)
    row, text = await create_api_key(ports, await acting(admin), spec)
    assert row.user_id == viewer.id
    assert (await behind(ports, text)).platform_role is None
    with pytest.raises(NotFound):
        await create_api_key(ports, await acting(admin), replace(spec, user_id=uuid4()))


async def test_keys_of_owners_and_admins_are_an_owners_to_make(ports: Ports, admin: User, owner: User) -> None:
    spec = KeySpec("graphql", user_id=owner.id)
    with pytest.raises(Forbidden):
        await create_api_key(ports, await acting(admin), spec)
    row, _ = await create_api_key(ports, await acting(owner), replace(spec, user_id=admin.id))
    assert row.user_id == admin.id


async def test_only_an_owner_makes_a_skyport_key(ports: Ports, anna: User, admin: User, owner: User) -> None:
    for user in (anna, admin):
        with pytest.raises(Forbidden):
            await create_api_key(ports, await acting(user), KeySpec("skyport"))
    row, text = await create_api_key(ports, await acting(owner), KeySpec("skyport", flavour="0.3"))
    assert text.startswith("skyport_")
    assert (row.prefix, row.flavour) == (text[:14], "0.3")


async def test_a_skyport_key_is_for_the_whole_platform(ports: Ports, anna: User, owner: User) -> None:
    spec = KeySpec("skyport", tenant_id=(await tenant_of(owner)).id)
    with pytest.raises(InvalidInput) as caught:
        await create_api_key(ports, await acting(owner), spec)
    assert caught.value.details["field"] == "tenant_id"
    with pytest.raises(InvalidInput) as caught:
        await create_api_key(ports, await acting(owner), KeySpec("skyport", user_id=anna.id))
    assert caught.value.details["field"] == "user_id"


async def test_revoking_is_told_and_noted_once(ports: Ports, anna: User, shared: Tenant, clock: FakeClock) -> None:
    row = await issue(ports, anna, tenant_id=shared.id)
    first = clock.now()
    revoked = await revoke_api_key(ports, await acting(anna), str(row.id))
    clock.advance(60)
    again = await revoke_api_key(ports, await acting(anna), row.id)
    assert revoked.revoked_at == again.revoked_at == first
    expected = {"credential": f"key:{row.id}", "user_id": str(anna.id), "reason": "revoked"}
    assert await told("CredentialRevoked") == [expected]
    [entry] = await audited("api_key.revoked")
    assert (entry.subject, entry.tenant_id) == (str(row.id), shared.id)


async def test_anybody_revokes_their_own(ports: Ports, viewer: User) -> None:
    row = await issue(ports, viewer)
    with pytest.raises(Forbidden):
        await revoke_api_key(ports, await acting(viewer, read_only=True), row.id)
    assert (await revoke_api_key(ports, await acting(viewer), row.id)).revoked_at


async def test_a_tenants_keys_are_its_admins_to_revoke(ports: Ports, anna: User, viewer: User, shared: Tenant) -> None:
    of_tenant, of_viewer = await issue(ports, viewer, tenant_id=shared.id), await issue(ports, viewer)
    assert (await revoke_api_key(ports, await acting(anna), of_tenant.id)).revoked_at
    with pytest.raises(NotFound):
        await revoke_api_key(ports, await acting(anna), of_viewer.id)


async def test_a_foreign_key_is_not_found(ports: Ports, anna: User, bert: User) -> None:
    foreign = await issue(ports, bert, tenant_id=(await tenant_of(bert)).id)
    for key_id in (foreign.id, uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            await revoke_api_key(ports, await acting(anna), key_id)
        with pytest.raises(NotFound):
            await get_api_key(await acting(anna), key_id)
    assert (await ApiKey.get(id=foreign.id)).revoked_at is None


async def test_an_owners_wide_key_is_an_owners_to_revoke(ports: Ports, admin: User, owner: User, anna: User) -> None:
    row = await issue(ports, owner)
    with pytest.raises(Forbidden):
        await revoke_api_key(ports, await acting(admin), row.id)
    assert (await revoke_api_key(ports, SYSTEM, row.id)).revoked_at
    of_anna = await issue(ports, anna)
    assert (await revoke_api_key(ports, await acting(admin), of_anna.id)).revoked_at


async def test_a_list_shows_ones_own_and_the_tenants(
    ports: Ports, anna: User, bert: User, viewer: User, shared: Tenant, admin: User
) -> None:
    own, of_tenant = await issue(ports, anna), await issue(ports, viewer, tenant_id=shared.id)
    of_viewer, of_bert = await issue(ports, viewer), await issue(ports, bert)
    assert ids((await list_api_keys(await acting(anna))).items) == {own.id, of_tenant.id}
    assert ids((await list_api_keys(await acting(viewer))).items) == {of_tenant.id, of_viewer.id}
    everything = await list_api_keys(await acting(admin), request=PageRequest(with_total=True))
    assert ids(everything.items) == {own.id, of_tenant.id, of_viewer.id, of_bert.id}
    assert everything.total == 4


async def test_a_list_can_be_narrowed(ports: Ports, anna: User, bert: User, shared: Tenant) -> None:
    wide, narrow = await issue(ports, anna), await issue(ports, anna, tenant_id=shared.id)
    cloudzy, _ = await create_api_key(ports, SYSTEM, KeySpec("cloudzy", user_id=bert.id))
    actor = SYSTEM
    assert ids((await list_api_keys(actor, tenant_id=str(shared.id))).items) == {narrow.id}
    assert ids((await list_api_keys(actor, user_id=anna.id)).items) == {wide.id, narrow.id}
    assert ids((await list_api_keys(actor, door="cloudzy")).items) == {cloudzy.id}
    await revoke_api_key(ports, SYSTEM, wide.id)
    assert ids((await list_api_keys(actor, user_id=anna.id)).items) == {narrow.id}
    assert ids((await list_api_keys(actor, user_id=anna.id, with_revoked=True)).items) == {wide.id, narrow.id}


async def test_a_key_comes_with_its_user(ports: Ports, anna: User) -> None:
    row = await issue(ports, anna)
    assert (await get_api_key(await acting(anna), str(row.id))).user.username == "anna"
    [listed] = (await list_api_keys(await acting(anna), order=Order(descending=True))).items
    assert listed.user.username == "anna"


async def test_a_credential_narrowed_to_other_scopes_sees_no_keys(ports: Ports, anna: User, admin: User) -> None:
    row = await issue(ports, anna)
    for user in (anna, admin):
        narrow = await acting(user, scopes=frozenset({"instances:read"}))
        assert (await list_api_keys(narrow)).items == []
        with pytest.raises(NotFound):
            await get_api_key(narrow, row.id)


async def test_keys_have_one_order(ports: Ports, anna: User) -> None:
    with pytest.raises(InvalidInput):
        await list_api_keys(await acting(anna), order=Order("key_hash"))


async def test_noise_as_a_door_is_refused(ports: Ports, anna: User) -> None:
    with pytest.raises(InvalidInput):
        await list_api_keys(await acting(anna), door="\x00")
