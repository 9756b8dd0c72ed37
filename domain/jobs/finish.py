"""End an attempt: succeeded, failed, cancelled, or back into the queue for another try."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.errors import DomainError
from domain.events import operation_changed
from domain.jobs.job import LeaseLost, own_row
from domain.models.operation import Operation, OperationState
from domain.ports import Ports
from domain.text import plain_text
from domain.unit import unit_of_work

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
LONGEST_MESSAGE = 4000


async def succeed(ports: Ports, operation: Operation, result: dict[str, Any] | None) -> None:
    changes = {"state": OperationState.SUCCEEDED, "result": result, "progress": 100, "error": None}
    await _end(ports, operation, changes)


async def fail(ports: Ports, operation: Operation, error: DomainError) -> None:
    await _end(ports, operation, {"state": OperationState.FAILED, "error": error_value(error)})


async def cancelled(ports: Ports, operation: Operation, error: DomainError) -> None:
    await _end(ports, operation, {"state": OperationState.CANCELLED, "error": error_value(error)})


async def retry_later(ports: Ports, operation: Operation, error: DomainError) -> None:
    """Back into the queue, the wait doubling with each attempt."""
    wait_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** (operation.attempts - 1))
    changes = {
        "state": OperationState.QUEUED,
        "error": error_value(error),
        "run_at": ports.clock.now() + timedelta(seconds=wait_s),
    }
    await _write(ports, operation, changes)


def error_value(error: DomainError) -> dict[str, Any]:
    """How an operation keeps its error; whatever an engine said, it must not keep the operation from ending."""
    return {"code": error.code, "message": plain_text(error.message, LONGEST_MESSAGE)}


async def _end(ports: Ports, operation: Operation, changes: dict[str, Any]) -> None:
    await _write(ports, operation, {**changes, "ended_at": ports.clock.now()})


async def _write(ports: Ports, operation: Operation, changes: dict[str, Any]) -> None:
    """The row is read anew: a cancel since the claim has made its revision larger, and is in no hurry to be lost."""
    async with unit_of_work(ports) as unit:
        ours = await own_row(operation).select_for_update().get_or_none()
        if ours is None:
            raise LeaseLost
        changes |= {"running_lane": None, "lease_until": None, "worker": None, "revision": ours.revision + 1}
        if ours.cancel_requested and "run_at" in changes:
            changes["run_at"] = ports.clock.now()
        await ours.update_from_dict(changes).save(update_fields=list(changes))
        unit.emit(operation_changed(ours))
