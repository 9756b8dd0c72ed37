"""Take a user into a tenant."""

from __future__ import annotations

from uuid import UUID

from tortoise.exceptions import IntegrityError

from domain.access import Actor, require
from domain.accounts.naming import find_by_any_name
from domain.errors import Conflict, NotFound
from domain.events import member_changed
from domain.models.tenant import Membership, TenantRole
from domain.ports import Ports
from domain.tenants.owners import require_to_grant
from domain.tenants.queries import visible_tenant
from domain.unit import unit_of_work


async def add_member(
    ports: Ports, actor: Actor, tenant_id: UUID | str, user: UUID | str, role: TenantRole
) -> Membership:
    """Give a user a role. user: id, e-mail or username, exactly; there is no search, so that nobody can browse people.

    Needs members:write there; owners are made by owners. NotFound: tenant or user. Conflict: a member already.
    """
    require(actor, "members:write")
    tenant = await visible_tenant(actor, tenant_id)
    require(actor, "members:write", tenant.id)
    require_to_grant(actor, tenant.id, role)
    person = await find_by_any_name(user)
    if person is None:
        raise NotFound("There is no such user.", id=str(user)[:64])
    try:
        async with unit_of_work(ports) as unit:
            membership = await Membership.create(tenant_id=tenant.id, user_id=person.id, role=role)
            unit.emit(member_changed(tenant.id, person.id, role.value))
            await unit.audit(actor, "member.added", subject=str(person.id), tenant_id=tenant.id, role=role.value)
    except IntegrityError as exc:
        raise Conflict("This user is a member already.", field="user") from exc
    return membership
