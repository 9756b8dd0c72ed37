"""A tenant with its people, and strangers."""

from __future__ import annotations

import pytest
from tortoise.context import TortoiseContext

from domain.access import Actor
from domain.models import Tenant, TenantRole
from tests.domain.rows import member
from tests.domain.rows import tenant as a_tenant


@pytest.fixture
async def tenant(database: TortoiseContext) -> Tenant:
    return await a_tenant("home")


@pytest.fixture
async def owner(tenant: Tenant) -> Actor:
    return await member(tenant)


@pytest.fixture
async def operator(tenant: Tenant) -> Actor:
    return await member(tenant, TenantRole.OPERATOR)


@pytest.fixture
async def viewer(tenant: Tenant) -> Actor:
    """In the tenant, but without rights over its files."""
    return await member(tenant, TenantRole.VIEWER)


@pytest.fixture
async def stranger(database: TortoiseContext) -> Actor:
    """The owner of another tenant."""
    return await member(await a_tenant("elsewhere"))
