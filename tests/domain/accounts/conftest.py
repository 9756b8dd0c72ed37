"""Every test here has a database; those of pure functions do not ask for one."""

from __future__ import annotations

import pytest
from tortoise.context import TortoiseContext

from domain.models import PlatformRole, User
from domain.ports import Ports
from tests.domain.people import a_user


@pytest.fixture
async def anna(ports: Ports, database: TortoiseContext) -> User:
    """Somebody with a tenant of her own."""
    return await a_user(ports, "anna")


@pytest.fixture
async def bert(ports: Ports, database: TortoiseContext) -> User:
    """Somebody else, with another tenant."""
    return await a_user(ports, "bert")


@pytest.fixture
async def admin(ports: Ports, database: TortoiseContext) -> User:
    return await a_user(ports, "admin", platform_role=PlatformRole.ADMIN)


@pytest.fixture
async def owner(ports: Ports, database: TortoiseContext) -> User:
    return await a_user(ports, "owner", platform_role=PlatformRole.OWNER)
