"""However large a file is, only a little of it is in memory at a time."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.files.content import open_content
from domain.files.upload import UploadSpec, upload
from domain.limits import MIB
from domain.models import TenantRole
from domain.ports import Ports
from domain.preferences.queries import preference
from domain.preferences.set_preference import set_preference
from drivers.storage.disk import DiskStorage
from tests.domain.people import SYSTEM
from tests.domain.rows import member, tenant

pytestmark = pytest.mark.usefixtures("database")
SIZE_BYTES = 200 * MIB
CHUNK = bytes(64 * 1024)


async def endless(size_bytes: int) -> AsyncIterator[bytes]:
    for _ in range(size_bytes // len(CHUNK)):
        yield CHUNK


async def test_memory_stays_flat_while_two_hundred_mebibytes_pass(ports: Ports, tmp_path: Path) -> None:
    on_disk = replace(ports, storage=DiskStorage(tmp_path / "blobs"))
    actor = await member(await tenant(), TenantRole.OPERATOR)
    assert actor.tenant_id is not None
    name = "file.max_streaming_file_size_mb"
    await set_preference(ports, SYSTEM, name, 500, tenant_id=actor.tenant_id, for_platform=True)
    assert await preference(ports, actor.tenant_id, name) == 500
    tracemalloc.start()
    try:
        done = await upload(on_disk, actor, UploadSpec("large.bin"), endless(SIZE_BYTES), tenant_id=actor.tenant_id)
        read = 0
        async for chunk in (await open_content(on_disk, actor, done.file.id)).read():
            read += len(chunk)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    await on_disk.storage.close()
    assert done.file.size_bytes == read == SIZE_BYTES
    assert peak_bytes < 16 * MIB
