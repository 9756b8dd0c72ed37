"""Give an instance another name."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import NotFound
from domain.instances.change import locked, permitted, save
from domain.instances.naming import free_slug
from domain.instances.spec import check_name
from domain.models.instance import Instance, InstanceState
from domain.models.tenant import Tenant
from domain.ports import Ports
from domain.unit import unit_of_work


async def rename(ports: Ports, actor: Actor, instance_id: UUID | str, name: str) -> Instance:
    """Change name and slug at once, whatever else is under way. Needs instances:write. InvalidInput: a bad name."""
    instance = await permitted(actor, instance_id, "instances:write")
    plain = check_name(name, ports.limits)
    async with unit_of_work(ports) as unit:
        # No-key: whoever holds an instance and queues its operation refers to the tenant, and must not wait for us.
        await Tenant.filter(id=instance.tenant_id).select_for_update(no_key=True).get()
        instance = await locked(instance.id)
        if instance.state is InstanceState.DELETED:
            raise NotFound("There is no such instance.", id=str(instance.id))
        instance.name = plain
        instance.slug = await free_slug(instance.tenant_id, plain, besides=instance.id)
        await save(unit, instance)
    return instance
