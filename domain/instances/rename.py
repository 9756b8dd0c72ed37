"""Give an instance another name."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.instances.change import locked, permitted, save
from domain.instances.naming import free_slug
from domain.instances.spec import check_name
from domain.models.instance import Instance
from domain.models.tenant import Tenant
from domain.ports import Ports
from domain.unit import unit_of_work


async def rename(ports: Ports, actor: Actor, instance_id: UUID | str, name: str) -> Instance:
    """Change name and slug at once, whatever else is under way. Needs instances:write. InvalidInput: a bad name."""
    instance = await permitted(actor, instance_id, "instances:write")
    plain = check_name(name, ports.limits)
    async with unit_of_work(ports) as unit:
        await Tenant.filter(id=instance.tenant_id).select_for_update().get()
        instance = await locked(instance.id)
        instance.name = plain
        instance.slug = await free_slug(instance.tenant_id, plain, besides=instance.id)
        await save(unit, instance)
    return instance
