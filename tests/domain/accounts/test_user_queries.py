from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

import pytest

from domain.accounts.disable_user import disable_user
from domain.accounts.queries import find_user_by, get_user, list_users
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.models import Membership, PlatformRole, Tenant, TenantRole, User
from domain.paging import Order, PageRequest
from domain.ports import Ports
from tests.domain.people import SYSTEM, a_user, acting, tenant_of


def names(users: Iterable[User]) -> list[str]:
    return [user.username for user in users]


@pytest.fixture
async def shared(anna: User) -> Tenant:
    return await tenant_of(anna)


@pytest.fixture
async def viewer(ports: Ports, shared: Tenant) -> User:
    return await a_user(ports, "viewer", tenant=shared)


async def test_a_tenants_admin_sees_its_members(anna: User, bert: User, viewer: User) -> None:
    assert names((await list_users(await acting(anna))).items) == ["anna", "viewer"]
    assert (await get_user(await acting(anna), str(viewer.id))).id == viewer.id


async def test_the_platform_sees_everybody(anna: User, bert: User, admin: User) -> None:
    page = await list_users(await acting(admin), request=PageRequest(with_total=True))
    assert (names(page.items), page.total) == (["anna", "bert", "admin"], 3)


async def test_a_member_of_two_shared_tenants_is_listed_once(ports: Ports, anna: User, viewer: User) -> None:
    second = await Tenant.create(slug="second", name="second")
    await Membership.create(tenant=second, user=anna, role=TenantRole.OWNER)
    await Membership.create(tenant=second, user=viewer, role=TenantRole.VIEWER)
    assert names((await list_users(await acting(anna))).items) == ["anna", "viewer"]


async def test_others_members_are_not_found(anna: User, bert: User) -> None:
    for user_id in (bert.id, uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            await get_user(await acting(anna), user_id)


async def test_an_admin_here_sees_nobody_of_where_they_only_look(ports: Ports, anna: User, bert: User) -> None:
    await Membership.create(tenant=await tenant_of(bert), user=anna, role=TenantRole.VIEWER)
    assert names((await list_users(await acting(anna))).items) == ["anna"]
    with pytest.raises(NotFound):
        await get_user(await acting(anna), bert.id)
    with pytest.raises(Forbidden):
        await list_users(await acting(anna), tenant_id=(await tenant_of(bert)).id)


async def test_a_viewer_sees_only_themselves(anna: User, viewer: User) -> None:
    actor = await acting(viewer)
    assert (await get_user(actor, viewer.id)).id == viewer.id
    with pytest.raises(Forbidden):
        await get_user(actor, anna.id)
    with pytest.raises(Forbidden):
        await list_users(actor)
    with pytest.raises(Forbidden):
        await find_user_by(actor, username="anna")


async def test_a_scope_narrows_the_platform_too(admin: User, anna: User) -> None:
    narrow = await acting(admin, scopes=frozenset({"instances:read"}))
    with pytest.raises(Forbidden):
        await list_users(narrow)
    with pytest.raises(Forbidden):
        await get_user(narrow, anna.id)


async def test_users_are_found_by_each_name(ports: Ports, anna: User, bert: User) -> None:
    await User.filter(id=anna.id).update(external_id="Discord-1")
    found = [
        await find_user_by(SYSTEM, username=" ANNA "),
        await find_user_by(SYSTEM, email="Anna@Example.org"),
        await find_user_by(SYSTEM, external_id="Discord-1"),
    ]
    assert [user.id if user else None for user in found] == [anna.id] * 3
    assert await find_user_by(SYSTEM, external_id="discord-1") is None
    assert await find_user_by(SYSTEM, username="anna@example.org") is None
    assert await find_user_by(await acting(bert), username="anna") is None


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "x" * 1000])
async def test_noise_finds_nobody(anna: User, text: str) -> None:
    assert await find_user_by(SYSTEM, username=text) is None
    assert await find_user_by(SYSTEM, email=text) is None
    assert await find_user_by(SYSTEM, external_id=text) is None


async def test_exactly_one_name_is_searched(anna: User) -> None:
    with pytest.raises(InvalidInput):
        await find_user_by(SYSTEM)
    with pytest.raises(InvalidInput):
        await find_user_by(SYSTEM, username="anna", email="anna@example.org")


async def test_a_list_can_be_narrowed(
    ports: Ports, anna: User, bert: User, viewer: User, shared: Tenant, admin: User
) -> None:
    await disable_user(ports, SYSTEM, bert.id)
    assert names((await list_users(SYSTEM, tenant_id=str(shared.id))).items) == ["anna", "viewer"]
    assert names((await list_users(SYSTEM, disabled=True)).items) == ["bert"]
    assert names((await list_users(SYSTEM, platform_role=PlatformRole.ADMIN)).items) == ["admin"]
    assert names((await list_users(SYSTEM, search="AN")).items) == ["anna"]
    assert names((await list_users(SYSTEM, search="viewer@ex")).items) == ["viewer"]
    assert (await list_users(SYSTEM, search="%")).items == []
    with pytest.raises(InvalidInput):
        await list_users(SYSTEM, search="\x00")


async def test_a_foreign_tenant_is_not_found(anna: User, bert: User) -> None:
    for tenant_id in ((await tenant_of(bert)).id, uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            await list_users(await acting(anna), tenant_id=tenant_id)


async def test_users_come_in_pages_by_name(anna: User, bert: User, admin: User) -> None:
    order = Order("username_key", descending=True)
    first = await list_users(SYSTEM, order=order, request=PageRequest(first=2))
    rest = await list_users(SYSTEM, order=order, request=PageRequest(first=2, after=first.next_cursor))
    assert (names(first.items), names(rest.items), rest.next_cursor) == (["bert", "anna"], ["admin"], None)
    with pytest.raises(InvalidInput):
        await list_users(SYSTEM, order=Order("password_hash"))
