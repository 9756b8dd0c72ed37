"""Take jobs off the table, keep them, give them back. Every write names the worker, so a zombie changes nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.events import operation_changed
from domain.models.operation import Operation, OperationState
from domain.models.sql import column, fetch, skip_locked
from domain.ports import Ports
from domain.unit import unit_of_work

CLAIM = """
WITH due AS MATERIALIZED (
    SELECT o.id FROM operation o
    WHERE ((o.state = 'queued' AND o.run_at <= $3) OR (o.state = 'running' AND o.lease_until < $3))
      AND (o.lane IS NULL OR NOT EXISTS (
            SELECT 1 FROM operation b
            WHERE b.lane = o.lane AND b.id <> o.id AND b.state IN ('queued', 'running')
              AND (b.state = 'running' OR (b.lane_order, b.id) < (o.lane_order, o.id))))
    ORDER BY o.run_at, o.id
    LIMIT {limit} {lock}
)
UPDATE operation SET state = 'running', running_lane = lane, worker = $1, lease_until = $2,
       attempts = attempts + 1, started_at = COALESCE(started_at, $3), revision = revision + 1
WHERE id IN (SELECT id FROM due)
RETURNING id
"""
"""Materialized: PostgreSQL may otherwise run the inner query more than once, and take more than the limit."""


async def claim(ports: Ports, worker: str, limit: int) -> list[Operation]:
    """Up to `limit` operations that may run now, marked as this worker's for the lease.

    Eligible: queued and due, or running with a lapsed lease; and first of its lane, with none of the lane running.
    """
    now = ports.clock.now()
    statement = CLAIM.format(limit=int(limit), lock=skip_locked())
    try:
        rows = await fetch(statement, [worker, now + timedelta(seconds=ports.limits.operation_lease_s), now])
    except IntegrityError:
        # Two workers picked jobs of one lane in the same instant; the unique running_lane let only one through.
        return []
    return await Operation.filter(id__in=[UUID(str(row["id"])) for row in rows]).order_by("id") if rows else []


async def extend(ports: Ports, worker: str, operation_ids: Collection[UUID]) -> set[UUID]:
    """Prolong the leases of running jobs; returns those that are still ours."""
    mine = Operation.filter(id__in=list(operation_ids), worker=worker, state=OperationState.RUNNING)
    await mine.update(lease_until=_lease_end(ports))
    return set(await column(mine, "id"))


async def give_back(ports: Ports, worker: str, operation_ids: Collection[UUID]) -> None:
    """Put running jobs back in the queue, to be taken by anyone at once (shutdown). The attempt does not count."""
    mine = Operation.filter(id__in=list(operation_ids), worker=worker, state=OperationState.RUNNING)
    freed = {"state": OperationState.QUEUED, "running_lane": None, "worker": None, "lease_until": None}
    async with unit_of_work(ports) as unit:
        for operation in await mine.select_for_update().order_by("id"):
            counts = {"attempts": operation.attempts - 1, "revision": operation.revision + 1}
            changes = {**freed, **counts, "run_at": ports.clock.now()}
            await operation.update_from_dict(changes).save(update_fields=list(changes))
            unit.emit(operation_changed(operation))


async def running_workers() -> list[str]:
    """Names of all workers that hold a job right now."""
    return await column(Operation.filter(state=OperationState.RUNNING).distinct(), "worker")


async def release_workers(ports: Ports, names: Collection[str]) -> int:
    """Let the leases of workers that are known to be dead lapse now. Returns how many jobs that frees."""
    past = ports.clock.now() - timedelta(seconds=1)
    return await Operation.filter(state=OperationState.RUNNING, worker__in=list(names)).update(lease_until=past)


def _lease_end(ports: Ports) -> datetime:
    return ports.clock.now() + timedelta(seconds=ports.limits.operation_lease_s)
