"""The relay: gives every committed event its position, the one global order, and wakes whoever listens.

One relay works at a time (lease). Should two believe they lead, the cursor row's lock keeps positions unique and
gapless; the lease only spares needless work.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from tortoise.transactions import in_transaction

from domain.errors import Unavailable
from domain.models.outbox import OutboxCursor
from domain.models.sql import fetch
from domain.ports import Ports
from domain.ports.leases import Lease
from domain.unit import WAKE_OUTBOX

LEASE_NAME = "relay"
LEASE_TTL_S = 5.0
POLL_S = 0.25
BATCH = 500
POSITIONED = "outbox:positioned"

ASSIGN = """
UPDATE outbox_event SET position = $1 + numbered.place
FROM (SELECT seq, ROW_NUMBER() OVER (ORDER BY seq) AS place
      FROM (SELECT seq FROM outbox_event WHERE position IS NULL ORDER BY seq LIMIT $2) AS waiting) AS numbered
WHERE outbox_event.seq = numbered.seq
RETURNING outbox_event.seq
"""


class Relay:
    """holder: this process's name for the lease."""

    def __init__(self, ports: Ports, holder: str) -> None:
        self._ports = ports
        self._holder = holder
        self._wake = asyncio.Event()
        self._lease: Lease | None = None

    async def run(self) -> None:
        """Relay until cancelled; the lease is given back then."""
        listener = asyncio.create_task(self._listen())
        try:
            while True:
                self._wake.clear()
                self._lease = await self._ports.leases.acquire(LEASE_NAME, self._holder, LEASE_TTL_S)
                if self._lease is not None:
                    await self._drain()
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S if self._lease else LEASE_TTL_S / 2):
                        await self._wake.wait()
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            if self._lease is not None:
                await self._ports.leases.release(self._lease)

    async def _drain(self) -> None:
        while given := await give_positions():
            with suppress(Unavailable):
                await self._ports.bus.publish(POSITIONED, b"")
            if given < BATCH:
                return

    async def _listen(self) -> None:
        while True:
            with suppress(Unavailable):
                async with self._ports.bus.subscribe([WAKE_OUTBOX]) as messages:
                    async for _ in messages:
                        self._wake.set()
            await asyncio.sleep(POLL_S)


async def give_positions() -> int:
    """Number the committed events that have no position yet, in the order they were written; how many there were.

    Two changes of one thing hold its row lock one after the other, so the order of writing is the order of their topic.
    """
    if not await fetch("SELECT 1 AS waiting FROM outbox_event WHERE position IS NULL LIMIT 1"):
        return 0
    async with in_transaction():
        await OutboxCursor.get_or_create(id=1)
        cursor = await OutboxCursor.filter(id=1).select_for_update().get()
        given = len(await fetch(ASSIGN, [cursor.last_position, BATCH]))
        if given:
            cursor.last_position += given
            await cursor.save(update_fields=["last_position"])
    return given
