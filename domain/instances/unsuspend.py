"""Lift a suspension."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import Conflict
from domain.instances.change import SETTLED, locked, permitted, refuse_unless, save
from domain.instances.promise import Promised
from domain.instances.start import STARTABLE, bring_up, bring_up_failed
from domain.jobs.job import Job, JobKind
from domain.models.instance import InstanceState
from domain.ports import Ports
from domain.unit import unit_of_work


async def unsuspend(ports: Ports, actor: Actor, instance_id: UUID | str) -> Promised:
    """Clear the flag, and start it again if it ran when it was suspended.

    Needs instances:suspend. Conflict: not suspended, or something else is under way.
    """
    instance = await permitted(actor, instance_id, "instances:suspend")
    async with unit_of_work(ports) as unit:
        instance = await locked(instance.id)
        if not instance.suspended:
            raise Conflict("The instance is not suspended.", suspended=False)
        refuse_unless(instance, SETTLED, "unsuspended")
        again = instance.was_running and instance.state in STARTABLE
        instance.suspended, instance.suspended_reason, instance.was_running = False, None, False
        if again:
            instance.state, instance.state_reason = InstanceState.STARTING, None
        await save(unit, instance)
        operation = await unit.enqueue("instances.unsuspend", actor, instance=instance, payload={"start": again})
        await unit.audit(actor, "instance.unsuspended", subject=str(instance.id), tenant_id=instance.tenant_id)
    return Promised(instance, operation)


async def lift(job: Job) -> None:
    """The job: start what ran."""
    if job.operation.payload["start"]:
        await bring_up(job)


UNSUSPEND = JobKind(lift, bring_up_failed)
