"""Delete an instance with its data."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import Conflict, DomainError
from domain.events import operation_changed
from domain.instances.carry_out import spec_for
from domain.instances.change import locked, mark, permitted
from domain.instances.promise import Promised
from domain.jobs.job import Job, JobKind
from domain.models.instance import InstancePort, InstanceState
from domain.models.operation import OPEN_STATES, Operation
from domain.ports import Ports
from domain.unit import Unit, unit_of_work


async def destroy(ports: Ports, actor: Actor, instance_id: UUID | str) -> Promised:
    """State deleting at once; what else is under way is cancelled. When the job is done it is not found any more.

    Needs instances:write. Conflict: it is being deleted already.
    """
    instance = await permitted(actor, instance_id, "instances:write")
    async with unit_of_work(ports) as unit:
        instance = await locked(instance.id)
        if instance.state in (InstanceState.DELETING, InstanceState.DELETED):
            raise Conflict("The instance is being deleted already.", state=instance.state.value)
        await _cancel_others(unit, instance.id)
        await mark(unit, instance, InstanceState.DELETING)
        operation = await unit.enqueue("instances.destroy", actor, instance=instance)
        await unit.audit(
            actor, "instance.deleted", subject=str(instance.id), tenant_id=instance.tenant_id, name=instance.name
        )
    return Promised(instance, operation)


async def remove(job: Job) -> None:
    """The job: the runtime's part first; then its ports are free again and the row says deleted."""
    runtime, spec = await spec_for(job)
    await runtime.destroy(spec.instance_id)
    async with unit_of_work(job.ports) as unit:
        instance = await locked(job.instance_id)
        if instance.state is InstanceState.DELETED:
            return
        await InstancePort.filter(instance_id=instance.id).delete()
        instance.slug = None
        instance.runtime_id = None
        instance.deleted_at = job.ports.clock.now()
        await mark(unit, instance, InstanceState.DELETED)


async def remove_failed(job: Job, error: DomainError) -> None:
    """It still exists and says why; deleting again is possible."""
    async with unit_of_work(job.ports) as unit:
        instance = await locked(job.instance_id)
        if instance.state is InstanceState.DELETING:
            await mark(unit, instance, InstanceState.FAILED, f"It could not be deleted: {error.message}")


DESTROY = JobKind(remove, remove_failed, cancellable=False)


async def _cancel_others(unit: Unit, instance_id: UUID) -> None:
    waiting = Operation.filter(lane=str(instance_id), state__in=list(OPEN_STATES))
    for operation in await waiting.select_for_update():
        operation.cancel_requested = True
        operation.run_at = min(operation.run_at, operation.created_at)
        operation.revision += 1
        await operation.save(update_fields=["cancel_requested", "run_at", "revision"])
        unit.emit(operation_changed(operation))
