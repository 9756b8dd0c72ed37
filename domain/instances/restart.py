"""Restart an instance."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.instances.carry_out import finish_with, spec_for
from domain.instances.change import locked, mark, permitted, refuse_suspended, refuse_unless
from domain.instances.promise import Promised
from domain.instances.start import bring_up_failed
from domain.jobs.job import Job, JobKind
from domain.models.instance import InstanceState
from domain.ports import Ports
from domain.ports.runtime import Runtime, RuntimeSpec
from domain.unit import unit_of_work

RESTARTABLE = (InstanceState.RUNNING, InstanceState.PAUSED, InstanceState.UNREACHABLE)


async def restart(ports: Ports, actor: Actor, instance_id: UUID | str) -> Promised:
    """Stop it with grace, then start it; state restarting at once.

    Needs instances:power. Conflict: suspended, not running, or something else is under way.
    """
    instance = await permitted(actor, instance_id, "instances:power")
    async with unit_of_work(ports) as unit:
        instance = await locked(instance.id)
        refuse_suspended(instance, "restarted")
        refuse_unless(instance, RESTARTABLE, "restarted")
        await mark(unit, instance, InstanceState.RESTARTING)
        operation = await unit.enqueue("instances.restart", actor, instance=instance)
    return Promised(instance, operation)


async def bounce(job: Job) -> None:
    runtime, spec = await spec_for(job)
    await job.once("restart", lambda: _bounce(runtime, spec))
    await finish_with(job, await runtime.inspect(spec.instance_id))


RESTART = JobKind(bounce, bring_up_failed)


async def _bounce(runtime: Runtime, spec: RuntimeSpec) -> None:
    await runtime.restart(spec.instance_id, spec.stop_grace_s)
