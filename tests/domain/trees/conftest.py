"""A realtime database of a test's own, on each engine."""

from __future__ import annotations

from uuid import UUID

import pytest
from tortoise.context import TortoiseContext

from domain.models import File, FileKind, Tenant
from domain.models.ids import short_id
from domain.trees.author import Author

ALICE = Author("alice", "connection-a")
BOB = Author("bob", "connection-b")


async def a_tree() -> UUID:
    """The row id of a new file that holds a realtime database."""
    name = short_id()
    tenant = await Tenant.create(slug=name, name=name)
    file = await File.create(
        tenant_id=tenant.id, public_id=f"{name:0<24}", kind=FileKind.TREE, name=name, content_type="cloudillo/rtdb"
    )
    return file.id


@pytest.fixture
async def tree(database: TortoiseContext) -> UUID:
    return await a_tree()
