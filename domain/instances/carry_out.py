"""What the jobs of instances share: reach the runtime, write down what it reports, say why something failed."""

from __future__ import annotations

from collections.abc import Callable

from domain.errors import DomainError, Unavailable
from domain.instances.change import has_work, locked, save
from domain.instances.observe import apply_observed
from domain.jobs.job import Cancelled, Job
from domain.models.instance import Instance, InstancePort, InstanceState
from domain.models.node import Node
from domain.nodes.queries import engine_of
from domain.ports import Ports
from domain.ports.runtime import Observed, PortBinding, Runtime, RuntimeSpec
from domain.text import plain_text
from domain.unit import unit_of_work

BEYOND = (InstanceState.DELETING, InstanceState.DELETED)


async def runtime_of(ports: Ports, instance: Instance) -> Runtime:
    """The runtime of the instance's node."""
    return ports.runtimes.of(engine_of(await Node.get(id=instance.node_id)))


async def spec_for(job: Job) -> tuple[Runtime, RuntimeSpec]:
    """The runtime, and the instance as the rows describe it now."""
    instance = await Instance.get(id=job.instance_id)
    return await runtime_of(job.ports, instance), await runtime_spec(job.ports, instance)


async def runtime_spec(ports: Ports, instance: Instance) -> RuntimeSpec:
    """An instance in the runtime's words."""
    published = await InstancePort.filter(instance_id=instance.id).order_by("ordinal")
    return RuntimeSpec(
        instance_id=instance.id,
        name=f"{instance.slug or 'instance'}-{instance.short_id}",
        image=instance.image_ref,
        memory_bytes=instance.memory_bytes,
        cpu_millis=instance.cpu_millis,
        command=tuple(instance.command) if instance.command else None,
        env=instance.env,
        ports=tuple(PortBinding(row.container_port, row.host_port, row.protocol) for row in published),
        primary_port=instance.primary_port,
        labels={"gatehouse.name": instance.name, "gatehouse.tenant": str(instance.tenant_id)},
        stop_grace_s=ports.limits.stop_grace_s,
    )


async def settle(job: Job, change: Callable[[Instance], None]) -> None:
    """Change the row at the end of a job; LeaseLost when it is not ours any more.

    One that is being deleted meanwhile is left alone, and stopping stays while a kill waits behind this one: were it
    shown as settled in between, more would be accepted before that has run.
    """
    async with unit_of_work(job.ports) as unit:
        instance = await locked(job.instance_id)
        await job.check_ours()
        if instance.state in BEYOND:
            return
        promised = instance.state, instance.state_reason
        change(instance)
        if promised[0] is InstanceState.STOPPING and await has_work(instance.id, besides=job.operation.id):
            instance.state, instance.state_reason = promised
        await save(unit, instance)


async def finish_with(job: Job, observed: Observed | None, *, asked_to_stop: bool = False) -> None:
    """Write down what the runtime reports at the end of a job."""
    now = job.ports.clock.now()
    await settle(job, lambda instance: apply_observed(instance, observed, now, asked_to_stop=asked_to_stop))


async def settle_failure(job: Job, error: DomainError, state: InstanceState) -> None:
    """Show the failure on the instance."""

    def show(instance: Instance) -> None:
        instance.state, instance.state_reason = state, plain_text(error.message)

    await settle(job, show)


async def settle_as_observed(job: Job, error: DomainError) -> None:
    """After a failure: say what is true now, with the reason; unreachable when the engine cannot tell."""
    runtime, spec = await spec_for(job)
    try:
        observed = await runtime.inspect(spec.instance_id)
    except Unavailable:
        await settle_failure(job, error, InstanceState.UNREACHABLE)
        return

    def show(instance: Instance) -> None:
        apply_observed(instance, observed, job.ports.clock.now(), asked_to_stop=True)
        if not isinstance(error, Cancelled):
            instance.state_reason = plain_text(error.message)

    await settle(job, show)
