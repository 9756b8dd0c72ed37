"""Documents, and replicas that have them open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tortoise.context import TortoiseContext

from domain.models import File, FileKind
from domain.ports import Ports
from drivers.bus.memory import MemoryBus, MemoryHub
from realtime.crdt.rooms import DocumentRooms
from tests.domain.conftest import clock, ports, runtimes
from tests.domain.rows import tenant
from tests.realtime.crdt.clients import running

__all__ = ["clock", "ports", "runtimes"]

FILE_ID = "doc000000000000000000000"


@pytest.fixture
async def file(database: TortoiseContext) -> File:
    home = await tenant("home")
    return await File.create(
        tenant_id=home.id, public_id=FILE_ID, kind=FileKind.DOCUMENT, name="notes", content_type="application/x"
    )


@pytest.fixture
def hub() -> MemoryHub:
    """The bus that the replicas share."""
    return MemoryHub()


@pytest.fixture
async def here(ports: Ports, hub: MemoryHub) -> AsyncIterator[DocumentRooms]:
    async with running(DocumentRooms(replace(ports, bus=MemoryBus(hub)), "here", grace_s=0.01)) as rooms:
        yield rooms


@pytest.fixture
async def there(ports: Ports, hub: MemoryHub) -> AsyncIterator[DocumentRooms]:
    async with running(DocumentRooms(replace(ports, bus=MemoryBus(hub)), "there", grace_s=0.01)) as rooms:
        yield rooms
