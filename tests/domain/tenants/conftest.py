"""Two tenants with people in them."""

from __future__ import annotations

import pytest
from tortoise.context import TortoiseContext

from domain.models import PlatformRole, Tenant, TenantRole, User
from domain.ports import Ports
from tests.domain.people import a_user, tenant_of


@pytest.fixture
async def anna(ports: Ports, database: TortoiseContext) -> User:
    """The owner of a tenant."""
    return await a_user(ports, "anna")


@pytest.fixture
async def tenant(anna: User) -> Tenant:
    """Anna's."""
    return await tenant_of(anna)


@pytest.fixture
async def bert(ports: Ports, database: TortoiseContext) -> User:
    """A stranger with a tenant of his own."""
    return await a_user(ports, "bert")


@pytest.fixture
async def helper(ports: Ports, tenant: Tenant) -> User:
    """An admin of Anna's tenant."""
    return await a_user(ports, "helper", tenant=tenant, role=TenantRole.ADMIN)


@pytest.fixture
async def viewer(ports: Ports, tenant: Tenant) -> User:
    """Somebody who may only look at Anna's tenant."""
    return await a_user(ports, "viewer", tenant=tenant, role=TenantRole.VIEWER)


@pytest.fixture
async def admin(ports: Ports, database: TortoiseContext) -> User:
    """An admin of the platform."""
    return await a_user(ports, "admin", platform_role=PlatformRole.ADMIN)
