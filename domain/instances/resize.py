"""Give an instance more or less memory and CPU."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from domain.access import Actor
from domain.errors import DomainError, InvalidInput, Unsupported
from domain.instances.carry_out import finish_with, settle_as_observed, spec_for
from domain.instances.change import locked, mark, permitted, refuse_unless, save
from domain.instances.promise import Promised
from domain.instances.spec import check_size
from domain.jobs.job import Job, JobKind
from domain.models.instance import Instance, InstanceState
from domain.models.node import Node
from domain.ports import Ports
from domain.ports.runtime import Capability, Runtime
from domain.unit import unit_of_work

RESIZABLE = (InstanceState.RUNNING, InstanceState.STOPPED, InstanceState.PAUSED, InstanceState.FAILED)


async def resize(
    ports: Ports,
    actor: Actor,
    instance_id: UUID | str,
    *,
    memory_bytes: int | None = None,
    cpu_millis: int | None = None,
) -> Promised:
    """Change the limits, without a stop where the node can; state resizing at once.

    Needs instances:write. InvalidInput: neither given, or out of range. Unsupported: the node can only resize what is
    stopped. Conflict: something else is under way.
    """
    instance = await permitted(actor, instance_id, "instances:write")
    if memory_bytes is None and cpu_millis is None:
        raise InvalidInput("Say how much memory or CPU.", field="memory_bytes")
    async with unit_of_work(ports) as unit:
        instance = await locked(instance.id)
        refuse_unless(instance, RESIZABLE, "resized")
        await _refuse_without_live_resize(instance)
        wanted = {
            "memory_bytes": instance.memory_bytes if memory_bytes is None else memory_bytes,
            "cpu_millis": instance.cpu_millis if cpu_millis is None else cpu_millis,
        }
        check_size(**wanted, limits=ports.limits)
        await mark(unit, instance, InstanceState.RESIZING)
        operation = await unit.enqueue("instances.resize", actor, instance=instance, payload=wanted)
    return Promised(instance, operation)


async def apply_size(job: Job) -> None:
    """The job: the runtime first, then the rows, so that they never promise what is not so."""
    runtime, spec = await spec_for(job)
    memory_bytes, cpu_millis = job.operation.payload["memory_bytes"], job.operation.payload["cpu_millis"]
    if Capability.LIVE_RESIZE not in runtime.capabilities:
        await _make_again(job, memory_bytes, cpu_millis)
    elif await runtime.inspect(spec.instance_id) is not None:
        await runtime.resize(spec.instance_id, memory_bytes, cpu_millis)
    await _record(job, memory_bytes, cpu_millis)
    await finish_with(job, await runtime.inspect(spec.instance_id), asked_to_stop=True)


async def resize_failed(job: Job, error: DomainError) -> None:
    await settle_as_observed(job, error)


RESIZE = JobKind(apply_size, resize_failed)


async def _refuse_without_live_resize(instance: Instance) -> None:
    node = await Node.get(id=instance.node_id)
    live = instance.state in (InstanceState.RUNNING, InstanceState.PAUSED)
    if live and Capability.LIVE_RESIZE.value not in node.capabilities:
        raise Unsupported("This node can resize an instance only while it is stopped.")


async def _record(job: Job, memory_bytes: int, cpu_millis: int) -> None:
    async with unit_of_work(job.ports) as unit:
        instance = await locked(job.instance_id)
        instance.memory_bytes, instance.cpu_millis = memory_bytes, cpu_millis
        await save(unit, instance)


async def _make_again(job: Job, memory_bytes: int, cpu_millis: int) -> None:
    """A container of the new size with the data of the old one. Whether there was one is recorded before it is removed,
    so that an attempt that was interrupted in between is finished by the next."""
    runtime, spec = await spec_for(job)

    async def look() -> dict[str, bool]:
        return {"existed": await runtime.inspect(spec.instance_id) is not None}

    found = await job.once("look", look)
    if found and found["existed"]:
        await job.once("remove", lambda: _remove(runtime, spec.instance_id))
        await runtime.create(replace(spec, memory_bytes=memory_bytes, cpu_millis=cpu_millis))


async def _remove(runtime: Runtime, instance_id: UUID) -> None:
    await runtime.destroy(instance_id, keep_data=True)
