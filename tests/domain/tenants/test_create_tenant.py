from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from tortoise.context import TortoiseContext

from domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from domain.models import Membership, Tenant, TenantRole, User
from domain.ports import Ports
from domain.tenants.create_tenant import TenantSpec, create_tenant
from domain.tenants.rename_tenant import rename_tenant
from tests.domain.people import SYSTEM, acting, audited, told


async def test_its_maker_owns_it(ports: Ports, admin: User) -> None:
    made = await create_tenant(ports, await acting(admin), TenantSpec(" Käse & Co "))
    assert (made.name, made.slug) == ("Käse & Co", "kase-co")
    membership = await Membership.get(tenant_id=made.id)
    assert (membership.user_id, membership.role) == (admin.id, TenantRole.OWNER)


async def test_it_is_told_and_noted(ports: Ports, admin: User) -> None:
    made = await create_tenant(ports, await acting(admin), TenantSpec("Käse"))
    assert (await told("TenantChanged"))[-1]["slug"] == "kase"
    expected = {"tenant_id": str(made.id), "user_id": str(admin.id), "role": "owner"}
    assert (await told("MemberChanged"))[-1] == expected
    entry = (await audited("tenant.created"))[-1]
    assert (entry.subject, entry.tenant_id, entry.user_id) == (str(made.id), made.id, admin.id)


async def test_it_can_be_made_for_somebody_or_for_nobody(ports: Ports, anna: User) -> None:
    owned = await create_tenant(ports, SYSTEM, TenantSpec("One", owner_id=str(anna.id)))
    ownerless = await create_tenant(ports, SYSTEM, TenantSpec("Two"))
    assert [m.user_id for m in await Membership.filter(tenant_id=owned.id)] == [anna.id]
    assert not await Membership.exists(tenant_id=ownerless.id)


@pytest.mark.parametrize("owner_id", [str(UUID(int=1)), "nonsense"])
async def test_an_unknown_owner_is_not_found(ports: Ports, database: TortoiseContext, owner_id: str) -> None:
    with pytest.raises(NotFound):
        await create_tenant(ports, SYSTEM, TenantSpec("One", owner_id=owner_id))
    assert not await Tenant.exists()


async def test_a_taken_slug_is_a_conflict(ports: Ports, database: TortoiseContext) -> None:
    await create_tenant(ports, SYSTEM, TenantSpec("One", slug="one"))
    with pytest.raises(Conflict) as caught:
        await create_tenant(ports, SYSTEM, TenantSpec("Another", slug="one"))
    assert caught.value.details["field"] == "slug"


async def test_of_two_with_one_slug_at_once_one_wins(ports: Ports, database: TortoiseContext) -> None:
    attempts = [create_tenant(ports, SYSTEM, TenantSpec(f"T{n}", slug="one")) for n in range(4)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict"] * 3 + ["Tenant"]


async def test_namesakes_at_once_get_slugs_of_their_own(ports: Ports, database: TortoiseContext) -> None:
    made = await asyncio.gather(*(create_tenant(ports, SYSTEM, TenantSpec("One")) for _ in range(4)))
    assert len({tenant.slug for tenant in made}) == 4


@pytest.mark.parametrize(
    ("spec", "field"),
    [(TenantSpec(""), "name"), (TenantSpec("x" * 101), "name"), (TenantSpec("One", slug="O ne"), "slug")],
)
async def test_bad_fields_are_named(ports: Ports, database: TortoiseContext, spec: TenantSpec, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await create_tenant(ports, SYSTEM, spec)
    assert caught.value.details["field"] == field


async def test_it_is_the_platforms_to_do(ports: Ports, anna: User) -> None:
    with pytest.raises(Forbidden):
        await create_tenant(ports, await acting(anna), TenantSpec("One"))


async def test_a_tenant_is_renamed_and_keeps_its_slug(ports: Ports, anna: User, tenant: Tenant) -> None:
    renamed = await rename_tenant(ports, await acting(anna), str(tenant.id), " New name ")
    assert (renamed.name, renamed.slug) == ("New name", tenant.slug)
    assert (await Tenant.get(id=tenant.id)).name == "New name"
    assert (await told("TenantChanged"))[-1]["name"] == "New name"
    [entry] = await audited("tenant.renamed")
    assert entry.details == {"before": tenant.name, "after": "New name"}


async def test_renaming_needs_the_right_there(
    ports: Ports, anna: User, bert: User, viewer: User, tenant: Tenant
) -> None:
    with pytest.raises(Forbidden):
        await rename_tenant(ports, await acting(viewer), tenant.id, "X")
    await Membership.create(tenant=tenant, user=bert, role=TenantRole.OPERATOR)
    with pytest.raises(Forbidden):
        await rename_tenant(ports, await acting(bert), tenant.id, "X")
    with pytest.raises(InvalidInput):
        await rename_tenant(ports, await acting(anna), tenant.id, "")


async def test_a_foreign_tenant_is_not_found(ports: Ports, tenant: Tenant, bert: User) -> None:
    for tenant_id in (tenant.id, uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            await rename_tenant(ports, await acting(bert), tenant_id, "Mine")
    assert (await Tenant.get(id=tenant.id)).name != "Mine"
