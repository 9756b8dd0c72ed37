"""Sweep the storage: bytes that no row knows, left behind by a crash between storage and database, are deleted."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from domain.files.blobs import made_at
from domain.models.file import Blob
from domain.models.sql import column
from domain.ports import Ports

LEASE_NAME = "files sweep"
INTERVAL_S = 6 * 3600.0
FIRST_AFTER_S = 60.0
YOUNG_FOR = timedelta(hours=24)
"""An upload takes its key when it begins, and its row comes last. No upload takes so long."""

BATCH = 500
log = logging.getLogger(__name__)


class FileSweep:
    """holder: this process's name for the lease."""

    def __init__(self, ports: Ports, holder: str) -> None:
        self._ports = ports
        self._holder = holder

    async def run(self) -> None:
        """Every few hours, in one process at a time, until cancelled."""
        await asyncio.sleep(FIRST_AFTER_S)
        while True:
            lease = await self._ports.leases.acquire(LEASE_NAME, self._holder, INTERVAL_S)
            if lease is not None:
                deleted = await sweep_storage(self._ports)
                if deleted:
                    log.warning("bytes that no file has were deleted: %d keys", deleted)
            await asyncio.sleep(INTERVAL_S)


async def sweep_storage(ports: Ports) -> int:
    """How many keys were deleted. Keys that are young, or none of ours, are left alone."""
    before = ports.clock.now() - YOUNG_FOR
    deleted, batch = 0, []
    async for key in ports.storage.all_keys():
        if _is_old(key, before):
            batch.append(key)
        if len(batch) == BATCH:
            deleted += await _delete_unknown(ports, batch)
            batch = []
    return deleted + await _delete_unknown(ports, batch)


def _is_old(key: str, before: datetime) -> bool:
    made = made_at(key)
    return made is not None and made < before


async def _delete_unknown(ports: Ports, keys: list[str]) -> int:
    """An old key without a row will never get one: rows are written right after their bytes."""
    known = set(await column(Blob.filter(storage_key__in=keys), "storage_key")) if keys else set()
    unknown = [key for key in keys if key not in known]
    for key in unknown:
        await ports.storage.delete(key)
    return len(unknown)
