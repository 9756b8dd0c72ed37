"""Cancel an operation: at once while it waits, at its next safe point while it runs."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.errors import Conflict
from domain.events import operation_changed
from domain.jobs.queries import get_operation
from domain.jobs.registry import KINDS
from domain.models.operation import ENDED_STATES, Operation
from domain.ports import Ports
from domain.unit import unit_of_work


async def cancel_operation(ports: Ports, actor: Actor, operation_id: UUID | str) -> Operation:
    """Ask an operation to end; what it made is cleaned up by its own job, which runs for that even if it only waited.

    Conflict when it has ended already or is of a kind that must be seen through. Forbidden without operations:write.
    """
    operation = await get_operation(actor, operation_id)
    require(actor, "operations:write", operation.tenant_id)
    kind = KINDS.get(operation.kind)
    if kind is not None and not kind.cancellable:
        raise Conflict("This kind of operation cannot be cancelled.", kind=operation.kind)
    async with unit_of_work(ports) as unit:
        operation = await Operation.filter(id=operation.id).select_for_update().get()
        if operation.state in ENDED_STATES:
            raise Conflict("The operation has ended already.", state=operation.state.value)
        operation.cancel_requested = True
        operation.run_at = min(operation.run_at, ports.clock.now())
        operation.revision += 1
        await operation.save(update_fields=["cancel_requested", "run_at", "revision"])
        unit.emit(operation_changed(operation))
    return operation
