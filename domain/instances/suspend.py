"""Suspend an instance: it is stopped, and its owner cannot start it."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import Conflict
from domain.instances.carry_out import BEYOND
from domain.instances.change import locked, mark, permitted, save
from domain.instances.promise import Promised
from domain.instances.stop import STOPPABLE, bring_down, bring_down_failed
from domain.jobs.job import Job, JobKind
from domain.models.instance import InstanceState
from domain.ports import Ports
from domain.text import plain_text
from domain.unit import unit_of_work


async def suspend(ports: Ports, actor: Actor, instance_id: UUID | str, reason: str | None = None) -> Promised:
    """Set the flag at once and stop it if it runs; if something is under way, as soon as that has ended.

    Needs instances:suspend. Conflict: suspended or being deleted already.
    """
    instance = await permitted(actor, instance_id, "instances:suspend")
    async with unit_of_work(ports) as unit:
        instance = await locked(instance.id)
        if instance.suspended:
            raise Conflict("The instance is suspended already.", suspended=True)
        if instance.state in BEYOND:
            raise Conflict("The instance is being deleted.", state=instance.state.value)
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
    """The job: stop what runs, also what an operation before it has started meanwhile."""
    async with unit_of_work(job.ports) as unit:
        instance = await locked(job.instance_id)
        # Unsuspended again before this had its turn: then nothing is to be enforced.
        if instance.suspended and instance.state in STOPPABLE:
            instance.was_running = True
            await mark(unit, instance, InstanceState.STOPPING)
    if instance.state is InstanceState.STOPPING:
        await bring_down(job)


SUSPEND = JobKind(enforce, bring_down_failed, cancellable=False)
