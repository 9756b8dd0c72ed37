"""A document, its owner, and somebody who may not open it."""

from __future__ import annotations

import pytest
from tortoise.context import TortoiseContext

from domain.access import Actor
from domain.models import File, FileKind, Tenant
from tests.domain.rows import member
from tests.domain.rows import tenant as a_tenant

FILE_ID = "doc000000000000000000000"


@pytest.fixture
async def tenant(database: TortoiseContext) -> Tenant:
    return await a_tenant("home")


@pytest.fixture
async def owner(tenant: Tenant) -> Actor:
    return await member(tenant)


@pytest.fixture
async def stranger(database: TortoiseContext) -> Actor:
    return await member(await a_tenant("elsewhere"))


@pytest.fixture
async def file(tenant: Tenant) -> File:
    return await make_document(tenant, FILE_ID)


async def make_document(tenant: Tenant, public_id: str) -> File:
    return await File.create(
        tenant_id=tenant.id, public_id=public_id, kind=FileKind.DOCUMENT, name="notes", content_type="application/x"
    )
