"""Stop an instance, giving it time to end by itself."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import DomainError, NotFound
from domain.instances.carry_out import finish_with, settle_as_observed, spec_for
from domain.instances.change import locked, mark, permitted, refuse_unless
from domain.instances.promise import Promised
from domain.jobs.job import Job, JobKind
from domain.models.instance import InstanceState
from domain.ports import Ports
from domain.unit import unit_of_work

STOPPABLE = (InstanceState.RUNNING, InstanceState.PAUSED, InstanceState.UNREACHABLE)


async def stop(ports: Ports, actor: Actor, instance_id: UUID | str) -> Promised:
    """Ask it to end, and end it when the grace (limits.stop_grace_s) is over; state stopping at once.

    Needs instances:power. Conflict: it is not running, or something else is under way.
    """
    instance = await permitted(actor, instance_id, "instances:power")
    async with unit_of_work(ports) as unit:
        instance = await locked(instance.id)
        refuse_unless(instance, STOPPABLE, "stopped")
        await mark(unit, instance, InstanceState.STOPPING)
        operation = await unit.enqueue("instances.stop", actor, instance=instance)
    return Promised(instance, operation)


async def bring_down(job: Job) -> None:
    """The job. A container that is gone has stopped, too."""
    runtime, spec = await spec_for(job)
    try:
        observed = await runtime.stop(spec.instance_id, spec.stop_grace_s)
    except NotFound:
        await finish_with(job, None)
        return
    await finish_with(job, observed, asked_to_stop=True)


async def bring_down_failed(job: Job, error: DomainError) -> None:
    await settle_as_observed(job, error)


STOP = JobKind(bring_down, bring_down_failed)
