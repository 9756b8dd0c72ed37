"""Who owns a new instance, and to which tenant it belongs."""

from __future__ import annotations

from uuid import UUID

from tortoise.expressions import Q

from domain.access import Actor, parse_id, target_tenant, visible_tenants
from domain.accounts.naming import EXTERNAL_ID_LENGTH
from domain.errors import InvalidInput, NotFound
from domain.models.tenant import Membership, Tenant, TenantRole
from domain.models.user import User


async def owner_and_tenant(
    actor: Actor, owner_id: UUID | str | None, named_tenant: UUID | str | None
) -> tuple[User, UUID]:
    """The owner (the named one, else the actor if a member, else the tenant's owner) and the tenant (the named one,
    else the owner's first own one, else the actor's).

    NotFound: the tenant. InvalidInput: the owner, or no tenant to be found.
    """
    tenant_id = parse_id(named_tenant, "tenant") if named_tenant is not None else None
    if tenant_id is not None:
        await _refuse_foreign(actor, tenant_id)
    if owner_id is not None:
        owner = await _named_owner(actor, owner_id)
        if tenant_id is None:
            tenant_id = await _first_tenant(owner.id)
        return owner, target_tenant(actor, tenant_id)
    tenant_id = target_tenant(actor, tenant_id)
    own = await User.get_or_none(id=actor.user_id) if tenant_id in actor.memberships else None
    return own or await _tenant_owner(tenant_id), tenant_id


async def _refuse_foreign(actor: Actor, tenant_id: UUID) -> None:
    tenants = visible_tenants(actor)
    if (tenants is not None and tenant_id not in tenants) or not await Tenant.exists(id=tenant_id):
        raise NotFound("There is no such tenant.", id=str(tenant_id))


async def _named_owner(actor: Actor, owner_id: UUID | str) -> User:
    try:
        wanted = Q(id=parse_id(owner_id, "user")) | Q(external_id=str(owner_id))
    except NotFound:
        wanted = Q(external_id=str(owner_id))
    owner = await User.filter(wanted).first() if len(str(owner_id)) <= EXTERNAL_ID_LENGTH else None
    shared = owner is not None and (
        actor.is_platform
        or owner.id == actor.user_id
        or await Membership.filter(user_id=owner.id, tenant_id__in=list(actor.memberships)).exists()
    )
    if owner is None or not shared:
        raise InvalidInput("There is no such user to own it.", field="owner_id")
    return owner


async def _first_tenant(user_id: UUID) -> UUID | None:
    memberships = await Membership.filter(user_id=user_id).order_by("created_at", "id")
    owned = [m for m in memberships if m.role is TenantRole.OWNER]
    first = (owned or memberships)[:1]
    return first[0].tenant_id if first else None


async def _tenant_owner(tenant_id: UUID) -> User:
    member = (
        await Membership.filter(tenant_id=tenant_id, role=TenantRole.OWNER)
        .order_by("created_at", "id")
        .prefetch_related("user")
        .first()
    )
    if member is None:
        raise InvalidInput("The tenant has no owner; name one.", field="owner_id")
    return member.user
