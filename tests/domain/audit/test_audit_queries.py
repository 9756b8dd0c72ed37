from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext

from domain.audit.queries import list_audit_log
from domain.errors import Forbidden, InvalidInput, NotFound
from domain.models import AuditEntry, Membership, PlatformRole, Tenant, TenantRole, User
from domain.paging import Order, PageRequest
from domain.ports import Ports
from tests.domain.people import SYSTEM, a_user, acting, tenant_of


@pytest.fixture
async def anna(ports: Ports, database: TortoiseContext) -> User:
    return await a_user(ports, "anna")


@pytest.fixture
async def bert(ports: Ports, database: TortoiseContext) -> User:
    return await a_user(ports, "bert")


@pytest.fixture
async def tenant(anna: User, bert: User) -> Tenant:
    """Anna's; the log holds only what the tests write."""
    await AuditEntry.all().delete()
    return await tenant_of(anna)


async def note(action: str, tenant: Tenant | None = None, **columns: Any) -> None:
    await AuditEntry.create(action=action, tenant_id=tenant.id if tenant else None, door="test", **columns)


async def actions(*args: Any, **kwargs: Any) -> list[str]:
    return [entry.action for entry in (await list_audit_log(*args, **kwargs)).items]


async def test_newest_come_first_in_pages(tenant: Tenant, anna: User) -> None:
    for action in ("a.one", "a.two", "a.three"):
        await note(action, tenant)
    actor = await acting(anna)
    first = await list_audit_log(actor, request=PageRequest(first=2, with_total=True))
    assert ([entry.action for entry in first.items], first.total) == (["a.three", "a.two"], 3)
    assert await actions(actor, request=PageRequest(first=2, after=first.next_cursor)) == ["a.one"]
    assert await actions(actor, order=Order()) == ["a.one", "a.two", "a.three"]


async def test_a_tenants_admin_sees_its_lines_only(tenant: Tenant, anna: User, bert: User) -> None:
    await note("a.own", tenant)
    await note("a.foreign", await tenant_of(bert))
    await note("a.platform")
    assert await actions(await acting(anna)) == ["a.own"]
    for tenant_id in ((await tenant_of(bert)).id, uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            await list_audit_log(await acting(anna), tenant_id=tenant_id)


async def test_the_platform_sees_all(ports: Ports, tenant: Tenant, bert: User) -> None:
    admin = await a_user(ports, "admin", platform_role=PlatformRole.ADMIN)
    await AuditEntry.all().delete()
    await note("a.own", tenant)
    await note("a.platform")
    assert await actions(await acting(admin)) == ["a.platform", "a.own"]
    assert await actions(await acting(admin), tenant_id=str(tenant.id)) == ["a.own"]


async def test_the_right_counts_tenant_by_tenant(tenant: Tenant, anna: User, bert: User) -> None:
    of_bert = await tenant_of(bert)
    await Membership.create(tenant=of_bert, user=anna, role=TenantRole.OPERATOR)
    await note("a.own", tenant)
    await note("a.foreign", of_bert)
    assert await actions(await acting(anna)) == ["a.own"]
    with pytest.raises(Forbidden):
        await list_audit_log(await acting(anna), tenant_id=of_bert.id)


async def test_a_viewer_sees_nothing(ports: Ports, tenant: Tenant) -> None:
    viewer = await a_user(ports, "viewer", tenant=tenant)
    with pytest.raises(Forbidden):
        await list_audit_log(await acting(viewer))
    with pytest.raises(Forbidden):
        await list_audit_log(await acting(viewer), tenant_id=tenant.id)


async def test_it_can_be_narrowed(tenant: Tenant, anna: User, bert: User) -> None:
    await note("user.created", tenant, user_id=bert.id)
    await note("user.disabled", tenant, subject="s")
    await note("userx.other", tenant)
    assert await actions(SYSTEM, action="user.created") == ["user.created"]
    assert await actions(SYSTEM, action="user.") == ["user.disabled", "user.created"]
    assert await actions(SYSTEM, user_id=str(bert.id)) == ["user.created"]
    assert await actions(SYSTEM, subject="s") == ["user.disabled"]


async def test_it_can_be_cut_by_time(tenant: Tenant) -> None:
    await note("a.one", tenant)
    [entry] = await AuditEntry.all()
    at, second = entry.created_at, timedelta(seconds=1)
    assert await actions(SYSTEM, since=at, until=at + second) == ["a.one"]
    assert await actions(SYSTEM, until=at) == []
    assert await actions(SYSTEM, since=at + second) == []


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"since": datetime(2026, 1, 1)}, "since"),
        ({"until": datetime(2026, 1, 1)}, "until"),
        ({"action": "\x00"}, "action"),
        ({"action": "x" * 49}, "action"),
        ({"subject": "\ud800"}, "subject"),
        ({"order": Order("door")}, "order"),
    ],
)
async def test_bad_filters_are_named(tenant: Tenant, filters: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await list_audit_log(SYSTEM, **filters)
    assert caught.value.details["field"] == field
