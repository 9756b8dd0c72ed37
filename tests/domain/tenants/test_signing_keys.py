"""A tenant's keys for signing: one at a time, unreadable in the database, replaced without a gap."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from cryptography.exceptions import InvalidTag

from domain.errors import Forbidden
from domain.models import TenantKey, TenantRole
from domain.ports import Ports
from domain.tenants.create_tenant import TenantSpec, create_tenant
from domain.tenants.signing_keys import (
    BELIEVED_AFTER,
    private_key_of,
    public_key_of,
    published_keys,
    rotate_signing_key,
    signing_key,
)
from tests.domain.people import SYSTEM, a_user, acting, audited
from tests.fakes import FakeClock

pytestmark = pytest.mark.usefixtures("database")


async def test_a_key_is_made_when_first_needed_and_signs(ports: Ports) -> None:
    tenant = await create_tenant(ports, SYSTEM, TenantSpec(name="One"))
    assert await published_keys(ports, tenant.id) == []
    key = await signing_key(ports, tenant.id)
    assert (await signing_key(ports, tenant.id)).id == key.id
    signed = jwt.encode({"a": 1}, private_key_of(ports, key), algorithm="ES384")
    assert jwt.decode(signed, public_key_of(key), algorithms=["ES384"]) == {"a": 1}


async def test_two_who_need_one_at_once_make_one(ports: Ports) -> None:
    tenant = await create_tenant(ports, SYSTEM, TenantSpec(name="One"))
    keys = await asyncio.gather(*(signing_key(ports, tenant.id) for _ in range(5)))
    assert len({key.id for key in keys}) == 1


async def test_the_private_key_is_unreadable_without_the_platforms_secret(ports: Ports) -> None:
    tenant = await create_tenant(ports, SYSTEM, TenantSpec(name="One"))
    key = await signing_key(ports, tenant.id)
    assert b"PRIVATE" not in bytes(key.private_key)
    with pytest.raises(InvalidTag):
        private_key_of(replace(ports, secret_key="another secret, as long as the first one"), key)
    moved = await TenantKey.get(id=key.id)
    moved.id = tenant.id
    with pytest.raises(InvalidTag):
        private_key_of(ports, moved)


async def test_a_new_key_signs_while_the_former_is_believed_for_a_while(ports: Ports, clock: FakeClock) -> None:
    tenant = await create_tenant(ports, SYSTEM, TenantSpec(name="One"))
    former = await signing_key(ports, tenant.id)
    clock.advance(60)
    key = await rotate_signing_key(ports, SYSTEM, tenant.id)
    assert (await signing_key(ports, tenant.id)).id == key.id
    assert {one.key_id for one in await published_keys(ports, tenant.id)} == {former.key_id, key.key_id}
    clock.advance((BELIEVED_AFTER + timedelta(seconds=1)).total_seconds())
    assert [one.key_id for one in await published_keys(ports, tenant.id)] == [key.key_id]
    assert [entry.details["key"] for entry in await audited("tenant.key_rotated")] == [key.key_id]


async def test_changing_the_key_needs_the_right_to_change_the_tenant(ports: Ports) -> None:
    tenant = await create_tenant(ports, SYSTEM, TenantSpec(name="One"))
    vera = await a_user(ports, "vera", tenant=tenant, role=TenantRole.VIEWER)
    with pytest.raises(Forbidden):
        await rotate_signing_key(ports, await acting(vera), tenant.id)
