"""Give a member another role."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, require
from domain.events import member_changed
from domain.models.tenant import Membership, TenantRole
from domain.ports import Ports
from domain.tenants.owners import lock_tenant, refuse_ownerless, require_to_grant
from domain.tenants.queries import membership_in, visible_tenant
from domain.unit import unit_of_work


async def change_member_role(
    ports: Ports, actor: Actor, tenant_id: UUID | str, user_id: UUID | str, role: TenantRole
) -> Membership:
    """Set the role; the same role again changes nothing. Needs members:write there; owners only by owners.

    NotFound: tenant or member. Conflict: the last owner would be none any more.
    """
    require(actor, "members:write")
    tenant = await visible_tenant(actor, tenant_id)
    require(actor, "members:write", tenant.id)
    async with unit_of_work(ports) as unit:
        await lock_tenant(tenant.id)
        membership = await membership_in(tenant.id, user_id)
        before = membership.role
        if before is role:
            return membership
        require_to_grant(actor, tenant.id, before, role)
        if before is TenantRole.OWNER:
            await refuse_ownerless(tenant.id, membership.user_id)
        membership.role = role
        await membership.save(update_fields=["role"])
        unit.emit(member_changed(tenant.id, membership.user_id, role.value))
        changed = {"before": before.value, "after": role.value}
        subject = str(membership.user_id)
        await unit.audit(actor, "member.role_changed", subject=subject, tenant_id=tenant.id, **changed)
    return membership
