from __future__ import annotations

from uuid import uuid4

import pytest

from domain.errors import Forbidden, InvalidInput, NotFound
from domain.models import Membership, Tenant, TenantRole, User
from domain.paging import Order, PageRequest
from domain.tenants.queries import find_tenant, get_tenant, list_members, list_tenants
from tests.domain.people import SYSTEM, acting, tenant_of


async def test_one_sees_the_tenants_one_is_in(anna: User, viewer: User, bert: User, tenant: Tenant) -> None:
    for user in (anna, viewer):
        actor = await acting(user)
        assert [row.id for row in (await list_tenants(actor)).items] == [tenant.id]
        assert (await get_tenant(actor, str(tenant.id))).id == tenant.id
        found = await find_tenant(actor, tenant.slug)
        assert found is not None
        assert found.id == tenant.id


async def test_a_foreign_tenant_is_not_found(bert: User, tenant: Tenant) -> None:
    actor = await acting(bert)
    for tenant_id in (tenant.id, uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            await get_tenant(actor, tenant_id)
        with pytest.raises(NotFound):
            await list_members(actor, tenant_id)
    assert await find_tenant(actor, tenant.slug) is None
    assert tenant.id not in [row.id for row in (await list_tenants(actor)).items]


@pytest.mark.parametrize("slug", ["", "\x00", "\ud800", "x" * 100, "nobody"])
async def test_noise_finds_no_tenant(tenant: Tenant, slug: str) -> None:
    assert await find_tenant(SYSTEM, slug) is None


async def test_the_platform_sees_all_by_name_and_in_pages(anna: User, bert: User, admin: User) -> None:
    actor, order = await acting(admin), Order("name")
    first = await list_tenants(actor, order=order, request=PageRequest(first=2, with_total=True))
    rest = await list_tenants(actor, order=order, request=PageRequest(first=2, after=first.next_cursor))
    assert [row.name for row in first.items + rest.items] == ["admin", "anna", "bert"]
    assert (first.total, rest.next_cursor) == (3, None)


async def test_tenants_are_searched_by_the_start_of_the_slug(anna: User, bert: User) -> None:
    assert [row.slug for row in (await list_tenants(SYSTEM, search="BE")).items] == ["bert"]
    assert (await list_tenants(SYSTEM, search="_ert")).items == []
    with pytest.raises(InvalidInput):
        await list_tenants(SYSTEM, search="\x00")


async def test_a_scope_is_needed(anna: User, tenant: Tenant) -> None:
    narrow = await acting(anna, scopes=frozenset({"instances:read"}))
    with pytest.raises(Forbidden):
        await get_tenant(narrow, tenant.id)
    with pytest.raises(Forbidden):
        await find_tenant(narrow, tenant.slug)
    with pytest.raises(Forbidden):
        await list_tenants(narrow)
    with pytest.raises(Forbidden):
        await list_members(narrow, tenant.id)


async def test_members_come_with_user_and_tenant(anna: User, helper: User, viewer: User, tenant: Tenant) -> None:
    page = await list_members(await acting(helper), tenant.id, request=PageRequest(first=2, with_total=True))
    assert [(m.user.username, m.role.value, m.tenant.slug) for m in page.items] == [
        ("anna", "owner", "anna"),
        ("helper", "admin", "anna"),
    ]
    assert page.total == 3
    rest = await list_members(SYSTEM, str(tenant.id), request=PageRequest(first=2, after=page.next_cursor))
    assert [m.user.username for m in rest.items] == ["viewer"]


async def test_members_of_a_role(anna: User, helper: User, viewer: User, tenant: Tenant) -> None:
    page = await list_members(SYSTEM, tenant.id, role=TenantRole.VIEWER)
    assert [m.user_id for m in page.items] == [viewer.id]


async def test_a_viewer_does_not_see_who_else_is_there(viewer: User, bert: User, tenant: Tenant) -> None:
    with pytest.raises(Forbidden):
        await list_members(await acting(viewer), tenant.id)
    await Membership.create(tenant=await tenant_of(bert), user=viewer, role=TenantRole.ADMIN)
    with pytest.raises(Forbidden):
        await list_members(await acting(viewer), tenant.id)


async def test_orders_are_known(anna: User, tenant: Tenant) -> None:
    with pytest.raises(InvalidInput):
        await list_tenants(SYSTEM, order=Order("slug"))
    with pytest.raises(InvalidInput):
        await list_members(SYSTEM, tenant.id, order=Order("role"))
