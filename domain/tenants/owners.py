"""Owners of a tenant: only they make and unmake owners, and there is always one."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.errors import Conflict, Forbidden
from domain.models.tenant import Membership, Tenant, TenantRole


def require_to_grant(actor: Actor, tenant_id: UUID, *roles: TenantRole) -> None:
    """Forbidden when one of the roles is owner and the actor is neither that nor of the platform."""
    if TenantRole.OWNER not in roles or actor.is_platform:
        return
    if actor.memberships.get(tenant_id) is not TenantRole.OWNER:
        raise Forbidden("Only an owner makes or unmakes owners.", scope="members:write")


async def lock_tenant(tenant_id: UUID) -> None:
    """Let changes of one tenant's members wait for each other, so that two owners cannot leave at the same time."""
    await Tenant.filter(id=tenant_id).select_for_update().get()


async def refuse_ownerless(tenant_id: UUID, leaving_user_id: UUID) -> None:
    """Conflict when nobody else owns the tenant. Call with the tenant locked."""
    others = Membership.filter(tenant_id=tenant_id, role=TenantRole.OWNER).exclude(user_id=leaving_user_id)
    if not await others.exists():
        raise Conflict("A tenant keeps at least one owner.", reason="last_owner")
