"""Start an instance."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import DomainError, Unavailable
from domain.instances.carry_out import finish_with, settle_as_observed, settle_failure, spec_for
from domain.instances.change import locked, mark, permitted, refuse_suspended, refuse_unless
from domain.instances.deploy import prepare
from domain.instances.promise import Promised
from domain.jobs.job import Cancelled, Job, JobKind
from domain.models.instance import InstanceState
from domain.ports import Ports
from domain.ports.runtime import Runtime, RuntimeSpec, RuntimeState
from domain.unit import unit_of_work

STARTABLE = (InstanceState.STOPPED, InstanceState.FAILED, InstanceState.PAUSED)


async def start(ports: Ports, actor: Actor, instance_id: UUID | str) -> Promised:
    """Start it, or let it go on when it is paused; state starting at once.

    Needs instances:power. Conflict: suspended, running already, or something else is under way.
    """
    instance = await permitted(actor, instance_id, "instances:power")
    async with unit_of_work(ports) as unit:
        instance = await locked(instance.id)
        refuse_suspended(instance, "started")
        refuse_unless(instance, STARTABLE, "started")
        await mark(unit, instance, InstanceState.STARTING)
        operation = await unit.enqueue("instances.start", actor, instance=instance)
    return Promised(instance, operation)


async def bring_up(job: Job) -> None:
    """The job: a container that is gone from the node is made again, with the data it left."""
    runtime, spec = await spec_for(job)
    await job.once("start", lambda: _bring_up(job, runtime, spec))
    await finish_with(job, await runtime.inspect(spec.instance_id))


async def bring_up_failed(job: Job, error: DomainError) -> None:
    """What runs all the same is not called failed, nor what was only called off."""
    if isinstance(error, Cancelled) or await _runs(job):
        await settle_as_observed(job, error)
    else:
        await settle_failure(job, error, InstanceState.FAILED)


START = JobKind(bring_up, bring_up_failed)


async def _runs(job: Job) -> bool:
    runtime, spec = await spec_for(job)
    try:
        observed = await runtime.inspect(spec.instance_id)
    except Unavailable:
        return False
    return observed is not None and observed.state in (RuntimeState.RUNNING, RuntimeState.PAUSED)


async def _bring_up(job: Job, runtime: Runtime, spec: RuntimeSpec) -> None:
    observed = await runtime.inspect(spec.instance_id)
    if observed is None:
        await prepare(job, runtime, spec.image)
        await runtime.create(spec)
    if observed is not None and observed.state is RuntimeState.PAUSED:
        await runtime.unpause(spec.instance_id)
    else:
        await runtime.start(spec.instance_id)
