"""Who may read and set which preference."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, may, require, target_tenant
from domain.errors import Forbidden, NotFound
from domain.preferences.registry import PreferenceKind, Setter


def readable_tenant(actor: Actor, tenant_id: UUID | None) -> UUID | None:
    """The tenant whose preferences the actor may read: one of their own; None for the platform that names none.
    Forbidden: nobody is signed in, or with a credential for one file. NotFound: not theirs."""
    if actor.file_scope is not None or (actor.user_id is None and not actor.is_platform):
        raise Forbidden("Only a person signed in has settings.")
    if actor.is_platform and tenant_id is None and actor.tenant_id is None:
        return None
    chosen = target_tenant(actor, tenant_id)
    if not actor.is_platform and chosen not in actor.memberships:
        raise NotFound("There is no such tenant.", id=str(chosen))
    require(actor, "tenants:read", chosen)
    return chosen


def require_platform(actor: Actor) -> None:
    """Forbidden unless the actor looks after the platform."""
    if not actor.is_platform:
        raise Forbidden("This needs a role of the platform.")
    require(actor, "platform:read")


def require_to_set(actor: Actor, tenant_id: UUID | None, kind: PreferenceKind) -> None:
    """tenant_id None: for the whole platform. Forbidden."""
    if kind.setter is Setter.NOBODY:
        raise Forbidden("This setting is fixed.", key=kind.key)
    if not may_set(actor, tenant_id, kind):
        raise Forbidden("This setting is not yours to change.", key=kind.key)


def may_set(actor: Actor, tenant_id: UUID | None, kind: PreferenceKind) -> bool:
    """ADMIN: the platform's. USER: who may change the tenant itself."""
    if kind.setter is Setter.NOBODY or actor.file_scope is not None:
        return False
    if tenant_id is None or kind.setter is Setter.ADMIN:
        return actor.is_platform and may(actor, "tenants:write")
    return may(actor, "tenants:write", tenant_id)
