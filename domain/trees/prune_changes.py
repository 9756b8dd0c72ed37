"""Forget old changes: those who watch have long seen them, and whoever comes new starts from what is there."""

from __future__ import annotations

from datetime import timedelta

from domain.models.sql import column
from domain.models.tree import TreeChange
from domain.ports import Ports

KEPT_S = 900.0
BATCH = 1000


async def prune_changes(ports: Ports) -> int:
    """Remove what is older than a quarter of an hour, a batch at a time; how many rows went."""
    before = ports.clock.now() - timedelta(seconds=KEPT_S)
    removed = 0
    while True:
        ids = await column(TreeChange.filter(created_at__lt=before).order_by("created_at").limit(BATCH), "id")
        removed += await TreeChange.filter(id__in=ids).delete() if ids else 0
        if len(ids) < BATCH:
            return removed
