"""Build an instance anew: same identity, address and data; image or variables may change."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.access import Actor
from domain.errors import Conflict, DomainError, InvalidInput, NotFound, Unavailable, Unsupported
from domain.images.queries import get_image
from domain.instances.carry_out import finish_with, spec_for
from domain.instances.change import locked, mark, permitted, refuse_suspended, refuse_unless, save
from domain.instances.deploy import prepare
from domain.instances.promise import Promised
from domain.instances.spec import check_env
from domain.instances.start import bring_up_failed
from domain.jobs.job import Job, JobKind
from domain.models.image import Image
from domain.models.instance import Instance, InstanceState
from domain.models.node import Node
from domain.models.operation import OperationStep
from domain.ports import Ports
from domain.ports.runtime import Runtime, RuntimeSpec
from domain.unit import unit_of_work

REBUILDABLE = (InstanceState.RUNNING, InstanceState.STOPPED, InstanceState.PAUSED, InstanceState.FAILED)


async def redeploy(
    ports: Ports,
    actor: Actor,
    instance_id: UUID | str,
    *,
    image_id: UUID | str | None = None,
    env: Mapping[str, str] | None = None,
) -> Promised:
    """Throw the container away and make it again from its image, then start it; the data volume stays.

    image_id: another image. env: replaces all variables. Needs instances:write. InvalidInput: unknown image, bad
    variables. Unsupported: the node cannot run that image. Conflict: suspended, or something else is under way.
    """
    instance = await permitted(actor, instance_id, "instances:write")
    if env is not None:
        check_env(env, ports.limits)
    try:
        return await _promise(ports, actor, instance.id, image_id, env)
    except IntegrityError as exc:
        raise Conflict("The image was deleted just now.", field="image_id") from exc


async def rebuild(job: Job) -> None:
    runtime, spec = await spec_for(job)
    await prepare(job, runtime, spec.image)
    await job.once("remove", lambda: _remove(runtime, spec))
    await job.check_ours()
    await runtime.create(spec)
    await job.once("start", lambda: _start(runtime, spec))
    await finish_with(job, await runtime.inspect(spec.instance_id))


async def rebuild_failed(job: Job, error: DomainError) -> None:
    """As long as the old container is there, the row describes that one."""
    runtime, spec = await spec_for(job)
    if not await OperationStep.exists(operation_id=job.operation.id, name="remove"):
        try:
            kept = await runtime.inspect(spec.instance_id) is not None
        except Unavailable:
            kept = True
        if kept:
            await _restore(job)
    await bring_up_failed(job, error)


REDEPLOY = JobKind(rebuild, rebuild_failed)


async def _promise(
    ports: Ports, actor: Actor, instance_id: UUID, image_id: UUID | str | None, env: Mapping[str, str] | None
) -> Promised:
    async with unit_of_work(ports) as unit:
        instance = await locked(instance_id)
        refuse_suspended(instance, "redeployed")
        refuse_unless(instance, REBUILDABLE, "redeployed")
        before = {name: getattr(instance, name) for name in ("image_ref", "command", "env")}
        before["image_id"] = str(instance.image_id) if instance.image_id else None
        if image_id is not None:
            await _use_image(actor, instance, image_id)
        if env is not None:
            instance.env = dict(env)
        await mark(unit, instance, InstanceState.REBUILDING)
        operation = await unit.enqueue("instances.redeploy", actor, instance=instance, payload={"before": before})
    return Promised(instance, operation)


async def _use_image(actor: Actor, instance: Instance, image_id: UUID | str) -> None:
    try:
        image = await get_image(actor, image_id)
    except NotFound as exc:
        raise InvalidInput("There is no such image.", field="image_id") from exc
    if image.tenant_id not in (None, instance.tenant_id):
        raise InvalidInput("There is no such image.", field="image_id")
    node = await Node.get(id=instance.node_id)
    if node.driver not in image.drivers:
        raise Unsupported(f"This image does not run on a {node.driver} node.", field="image_id")
    instance.image_id, instance.image_ref, instance.command = image.id, image.ref, image.command


async def _restore(job: Job) -> None:
    before = job.operation.payload["before"]
    image_id = UUID(before["image_id"]) if before["image_id"] else None
    async with unit_of_work(job.ports) as unit:
        instance = await locked(job.instance_id)
        await job.check_ours()
        if image_id is not None and await Image.exists(id=image_id):
            instance.image_id = image_id
        else:
            instance.image_id = None
        instance.image_ref, instance.command, instance.env = before["image_ref"], before["command"], before["env"]
        await save(unit, instance)


async def _remove(runtime: Runtime, spec: RuntimeSpec) -> None:
    await runtime.destroy(spec.instance_id, keep_data=True)


async def _start(runtime: Runtime, spec: RuntimeSpec) -> None:
    await runtime.start(spec.instance_id)
