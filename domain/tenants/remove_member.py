"""Take a user out of a tenant, together with the credentials that were made for it."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, parse_id, require
from domain.accounts.credentials import revoke_keys, revoke_sessions
from domain.accounts.rights import require_oneself
from domain.events import member_changed
from domain.models.tenant import TenantRole
from domain.models.user import ApiKey, Session
from domain.ports import Ports
from domain.tenants.owners import lock_tenant, refuse_ownerless, require_to_grant
from domain.tenants.queries import membership_in, visible_tenant
from domain.unit import Unit, unit_of_work

REASON = "membership_ended"


async def remove_member(ports: Ports, actor: Actor, tenant_id: UUID | str, user_id: UUID | str) -> None:
    """End a membership. Anybody may leave; taking out others needs members:write there, and owners only go by owners.

    Their keys and sessions narrowed to this tenant are revoked. NotFound: tenant or member. Conflict: the last owner.
    """
    person_id = parse_id(user_id, "member")
    leaving = person_id == actor.user_id
    if leaving:
        require_oneself(actor)
    else:
        require(actor, "members:write")
    tenant = await visible_tenant(actor, tenant_id)
    if not leaving:
        require(actor, "members:write", tenant.id)
    async with unit_of_work(ports) as unit:
        await lock_tenant(tenant.id)
        membership = await membership_in(tenant.id, person_id)
        if not leaving:
            require_to_grant(actor, tenant.id, membership.role)
        if membership.role is TenantRole.OWNER:
            await refuse_ownerless(tenant.id, person_id)
        await membership.delete()
        await _end_credentials(ports, unit, tenant.id, person_id)
        unit.emit(member_changed(tenant.id, person_id, None))
        await unit.audit(actor, "member.removed", subject=str(person_id), tenant_id=tenant.id, left=leaving)


async def _end_credentials(ports: Ports, unit: Unit, tenant_id: UUID, user_id: UUID) -> None:
    now = ports.clock.now()
    await revoke_keys(unit, ApiKey.filter(tenant_id=tenant_id, user_id=user_id), now, REASON)
    await revoke_sessions(unit, Session.filter(tenant_id=tenant_id, user_id=user_id), now, REASON)
