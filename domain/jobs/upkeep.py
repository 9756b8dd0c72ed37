"""Upkeep: removes what its retention no longer covers, a batch at a time so that nobody waits for it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.channels.prune import prune_channels
from domain.models.operation import ENDED_STATES, Operation
from domain.models.outbox import OutboxCursor, OutboxEvent
from domain.models.sign_in import PasskeyChallenge, QrSignIn
from domain.models.sql import column
from domain.models.tenant_key import TenantKey
from domain.models.user import IdempotencyRecord, PasswordReset, Session
from domain.ports import Ports
from domain.trees.prune_changes import prune_changes

LEASE_NAME = "upkeep"
INTERVAL_S = 300.0
BATCH = 1000
TOLD_WITHIN = timedelta(minutes=10)
"""How long a device that waited may still ask how it went."""


class Upkeep:
    """holder: this process's name for the lease."""

    def __init__(self, ports: Ports, holder: str) -> None:
        self._ports = ports
        self._holder = holder

    async def run(self) -> None:
        """Every few minutes, in one process at a time, until cancelled."""
        while True:
            lease = await self._ports.leases.acquire(LEASE_NAME, self._holder, INTERVAL_S * 2)
            try:
                if lease is not None:
                    await prune(self._ports)
                await asyncio.sleep(INTERVAL_S)
            finally:
                if lease is not None:
                    await self._ports.leases.release(lease)


async def prune(ports: Ports) -> None:
    """Remove what is past its time: events, ended operations, expired sessions, resets and idempotency records."""
    now = ports.clock.now()
    while await _prune_events(ports):
        pass
    ended = now - timedelta(seconds=ports.limits.operation_retention_s)
    while await _prune_operations(ended):
        pass
    await IdempotencyRecord.filter(expires_at__lt=now).delete()
    await PasswordReset.filter(expires_at__lt=now).delete()
    await Session.filter(expires_at__lt=now).delete()
    await QrSignIn.filter(expires_at__lt=now - TOLD_WITHIN).delete()
    await PasskeyChallenge.filter(expires_at__lt=now).delete()
    await TenantKey.filter(expires_at__lt=now).delete()
    await prune_changes(ports)
    await prune_channels(ports)


async def _prune_operations(ended_before: datetime) -> int:
    """One batch; their steps go with them."""
    old = Operation.filter(state__in=list(ENDED_STATES), ended_at__lt=ended_before).order_by("ended_at").limit(BATCH)
    ids: list[UUID] = await column(old, "id")
    return await Operation.filter(id__in=ids).delete() if ids else 0


async def _prune_events(ports: Ports) -> int:
    """One batch of the oldest events. The cursor remembers how far, so that resuming readers can be told of the gap."""
    before = ports.clock.now() - timedelta(seconds=ports.limits.event_retention_s)
    async with in_transaction():
        old = OutboxEvent.filter(position__not_isnull=True, created_at__lt=before).order_by("position").limit(BATCH)
        positions: list[int] = await column(old, "position")
        if not positions:
            return 0
        await OutboxEvent.filter(position__in=positions).delete()
        cursor = await OutboxCursor.filter(id=1).select_for_update().get()
        cursor.pruned_position = max(cursor.pruned_position, *positions)
        await cursor.save(update_fields=["pruned_position"])
    return len(positions)
