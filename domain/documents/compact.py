"""Fold a document's log into one state, so that opening it costs what it holds and not what it went through."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.documents.content import BrokenContentError, Content
from domain.documents.log import fold_log, read_updates
from domain.ports import Ports

LEASE_S = 60.0
MIN_ROWS = 2


async def compact(ports: Ports, file_id: UUID, holder: str) -> bool:
    """Whether the log was folded: not when there is little of it, when somebody else does it, or when part of it
    rests on updates that are missing (they may still come, and would be lost)."""
    lease = await ports.leases.acquire(f"documents.compact:{file_id}", holder, LEASE_S)
    if lease is None:
        return False
    try:
        return await _fold(file_id)
    finally:
        await ports.leases.release(lease)


async def _fold(file_id: UUID) -> bool:
    logged = await read_updates(file_id)
    if logged.rows < MIN_ROWS:
        return False
    full = await asyncio.to_thread(folded, logged.updates)
    if full is None:
        return False
    async with in_transaction():
        return await fold_log(file_id, logged, full)


def folded(updates: Sequence[bytes]) -> bytes | None:
    """All of them as one; None when that would lose what cannot be placed yet, or they cannot be replayed."""
    try:
        content = Content(updates)
        if any(content.rests_on_missing(update) for update in updates):
            return None
        return content.full()
    except (BrokenContentError, ValueError):
        return None
