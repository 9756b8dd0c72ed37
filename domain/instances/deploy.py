"""Deploy an instance: promise it now, build it in a job."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.access import Actor, require
from domain.errors import Conflict, DomainError
from domain.events import instance_changed
from domain.instances.carry_out import finish_with, settle_failure, spec_for
from domain.instances.choose_image import choose_image
from domain.instances.naming import free_slug
from domain.instances.ownership import owner_and_tenant
from domain.instances.ports import choose_again, primary_of, publish
from domain.instances.promise import Promised
from domain.instances.spec import DeploySpec, check_env, check_name, check_ports, check_rest, check_size
from domain.jobs.job import Job, JobKind
from domain.models.instance import Instance, InstanceState
from domain.models.tenant import Tenant
from domain.nodes.place import place
from domain.ports import Ports
from domain.ports.runtime import Runtime, RuntimeSpec
from domain.unit import unit_of_work

BARE_REFERENCE_DRIVERS = ("docker", "memory")
PORT_TRIES = 20
log = logging.getLogger(__name__)


async def deploy(ports: Ports, actor: Actor, spec: DeploySpec) -> Promised:
    """Record an instance in state installing and queue its build; the container does not exist yet.

    Raises Forbidden (instances:write in the tenant; instances:any_image for a bare reference), InvalidInput (a value,
    an unknown image, owner or node), Unsupported (the node cannot run the image), Conflict (a host port is taken, no
    node has room).
    """
    check_rest(spec)
    owner, tenant_id = await owner_and_tenant(actor, spec.owner_id, spec.tenant_id)
    require(actor, "instances:write", tenant_id)
    name = check_name(spec.name, ports.limits)
    check_size(spec.memory_bytes, spec.cpu_millis, ports.limits)
    image, ref = await choose_image(actor, spec, tenant_id)
    env = {**(image.env if image else {}), **spec.env}
    check_env(env, ports.limits)
    check_ports(spec.ports, ports.limits, 1 if actor.is_platform else ports.limits.lowest_host_port)
    instance = Instance(
        tenant_id=tenant_id,
        owner_id=owner.id,
        image_id=image.id if image else None,
        image_ref=ref,
        command=image.command if image else None,
        name=name,
        memory_bytes=spec.memory_bytes,
        cpu_millis=spec.cpu_millis,
        disk_bytes=spec.disk_bytes,
        env=env,
        annotations=dict(spec.annotations),
    )
    try:
        return await _promise(ports, actor, spec, instance, image.drivers if image else BARE_REFERENCE_DRIVERS)
    except IntegrityError as exc:
        raise Conflict("What the instance is to be made of was changed just now; try again.") from exc


async def build(job: Job) -> None:
    """Bring the image, make the container, start it. Every step finds what an interrupted attempt has made."""
    runtime, spec = await spec_for(job)
    await prepare(job, runtime, spec.image)
    await job.progress(90, "Creating the instance")
    for _ in range(PORT_TRIES):
        try:
            await _make(job, runtime, spec)
            break
        except Conflict as error:
            # Perhaps a host port that we chose, and that something outside of our knowledge occupies. Removed first: an
            # interrupted attempt must not leave a container with a port that the rows have given up.
            if (occupied := error.details.get("port")) is None:
                raise
            await runtime.destroy(spec.instance_id)
            if not await choose_again(job.instance_id, occupied, job.operation.payload["chosen"]):
                raise
            runtime, spec = await spec_for(job)
    await finish_with(job, await runtime.inspect(spec.instance_id))


async def build_failed(job: Job, error: DomainError) -> None:
    """Leave nothing half-made; the instance says why."""
    runtime, spec = await spec_for(job)
    try:
        await runtime.destroy(spec.instance_id)
    except DomainError:
        # What the engine may still hold is found and removed by the next start, redeploy or delete.
        log.warning("what was made of instance %s could not be removed", spec.instance_id, exc_info=True)
    await settle_failure(job, error, InstanceState.FAILED)


BUILD = JobKind(build, build_failed)


async def prepare(job: Job, runtime: Runtime, image: str) -> None:
    """Have the image on the node, telling how far it is."""

    async def told(percent: int | None, text: str) -> None:
        await job.progress(None if percent is None else percent * 8 // 10, text)

    await job.check_cancelled()
    await job.progress(0, "Preparing the image")
    await runtime.prepare_image(image, told)


async def _promise(
    ports: Ports, actor: Actor, spec: DeploySpec, instance: Instance, drivers: Sequence[str]
) -> Promised:
    async with unit_of_work(ports) as unit:
        # Two equal names at once would get one slug. No-key: others may go on referring to the tenant.
        await Tenant.filter(id=instance.tenant_id).select_for_update(no_key=True).get()
        node = await place(
            actor,
            drivers=drivers,
            memory_bytes=spec.memory_bytes,
            cpu_millis=spec.cpu_millis,
            cpu_overcommit=ports.limits.cpu_overcommit,
            node_id=spec.node_id,
            region=spec.region,
        )
        instance.node_id = node.id
        instance.slug = await free_slug(instance.tenant_id, instance.name)
        await instance.save()
        published = await publish(instance, spec.ports)
        instance.primary_port = primary_of(published, spec.primary_port)
        await instance.save(update_fields=["primary_port"])
        chosen = [ordinal for ordinal, port in enumerate(spec.ports) if port.host_port is None]
        operation = await unit.enqueue("instances.build", actor, instance=instance, payload={"chosen": chosen})
        unit.emit(instance_changed(instance))
    return Promised(instance, operation)


async def _make(job: Job, runtime: Runtime, spec: RuntimeSpec) -> None:
    await job.check_cancelled()
    await runtime.create(spec)
    await job.check_cancelled()
    await job.once("start", lambda: _start(runtime, spec.instance_id))


async def _start(runtime: Runtime, instance_id: UUID) -> None:
    await runtime.start(instance_id)
