"""Rename a tenant."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.events import tenant_changed
from domain.models.tenant import Tenant
from domain.ports import Ports
from domain.tenants.create_tenant import NAME_LENGTH
from domain.tenants.naming import clean_line
from domain.tenants.queries import visible_tenant
from domain.unit import unit_of_work


async def rename_tenant(ports: Ports, actor: Actor, tenant_id: UUID | str, name: str) -> Tenant:
    """Change the name; the slug stays, addresses are made of it. Needs tenants:write there. InvalidInput: name."""
    require(actor, "tenants:write")
    tenant = await visible_tenant(actor, tenant_id)
    require(actor, "tenants:write", tenant.id)
    line = clean_line(name, "name", NAME_LENGTH)
    async with unit_of_work(ports) as unit:
        before, tenant.name = tenant.name, line
        await tenant.save(update_fields=["name"])
        unit.emit(tenant_changed(tenant))
        await unit.audit(
            actor, "tenant.renamed", subject=str(tenant.id), tenant_id=tenant.id, before=before, after=line
        )
    return tenant
