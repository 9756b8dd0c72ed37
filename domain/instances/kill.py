"""End an instance at once."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import NotFound
from domain.instances.carry_out import finish_with, spec_for
from domain.instances.change import locked, mark, permitted, refuse_unless
from domain.instances.promise import Promised
from domain.instances.stop import bring_down_failed
from domain.jobs.job import Job, JobKind
from domain.models.instance import InstanceState
from domain.ports import Ports
from domain.unit import unit_of_work

KILLABLE = (
    InstanceState.RUNNING,
    InstanceState.PAUSED,
    InstanceState.UNREACHABLE,
    InstanceState.STARTING,
    InstanceState.STOPPING,
    InstanceState.RESTARTING,
)


async def kill(ports: Ports, actor: Actor, instance_id: UUID | str) -> Promised:
    """End it without grace, after the operation that is under way; state stopping at once.

    Needs instances:power. Conflict: it is not running.
    """
    instance = await permitted(actor, instance_id, "instances:power")
    async with unit_of_work(ports) as unit:
        instance = await locked(instance.id)
        refuse_unless(instance, KILLABLE, "killed")
        await mark(unit, instance, InstanceState.STOPPING)
        operation = await unit.enqueue("instances.kill", actor, instance=instance)
    return Promised(instance, operation)


async def end(job: Job) -> None:
    runtime, spec = await spec_for(job)
    try:
        observed = await runtime.kill(spec.instance_id)
    except NotFound:
        await finish_with(job, None)
        return
    await finish_with(job, observed, asked_to_stop=True)


KILL = JobKind(end, bring_down_failed)
