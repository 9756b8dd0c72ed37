"""Suspend an instance: it is stopped, and its owner cannot start it."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import Conflict
from domain.instances.change import SETTLED, locked, permitted, refuse_unless, save
from domain.instances.promise import Promised
from domain.instances.stop import STOPPABLE, bring_down, bring_down_failed
from domain.jobs.job import Job, JobKind
from domain.models.instance import Instance, InstanceState
from domain.ports import Ports
from domain.text import plain_text
from domain.unit import unit_of_work


async def suspend(ports: Ports, actor: Actor, instance_id: UUID | str, reason: str | None = None) -> Promised:
    """Set the flag and stop it if it runs (a stop of one that does not run changes nothing).

    Needs instances:suspend. Conflict: suspended already, or something else is under way.
    """
    instance = await permitted(actor, instance_id, "instances:suspend")
    async with unit_of_work(ports) as unit:
        instance = await locked(instance.id)
        if instance.suspended:
            raise Conflict("The instance is suspended already.", suspended=True)
        refuse_unless(instance, SETTLED, "suspended")
        instance.suspended = True
        instance.suspended_reason = plain_text(reason) if reason else None
        instance.was_running = instance.state in STOPPABLE
        if instance.was_running:
            instance.state, instance.state_reason = InstanceState.STOPPING, None
        await save(unit, instance)
        operation = await unit.enqueue("instances.suspend", actor, instance=instance)
        await unit.audit(
            actor,
            "instance.suspended",
            subject=str(instance.id),
            tenant_id=instance.tenant_id,
            reason=instance.suspended_reason,
        )
    return Promised(instance, operation)


async def enforce(job: Job) -> None:
    """The job: stop what runs."""
    if (await Instance.get(id=job.instance_id)).state is InstanceState.STOPPING:
        await bring_down(job)


SUSPEND = JobKind(enforce, bring_down_failed, cancellable=False)
