"""Take a preference's value away, so that the one behind it holds again."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor
from domain.models.preference import Preference
from domain.ports import Ports
from domain.preferences.queries import EffectivePreference, get_preference
from domain.preferences.registry import Scope, preference_kind
from domain.preferences.rights import readable_tenant, require_to_set
from domain.preferences.values import owner_key
from domain.unit import unit_of_work


async def delete_preference(
    ports: Ports, actor: Actor, key: str, *, tenant_id: UUID | None = None, for_platform: bool = False
) -> EffectivePreference:
    """What holds in the tenant afterwards; fine when nothing was set. Rights and errors as set_preference's."""
    chosen = readable_tenant(actor, tenant_id)
    kind = preference_kind(key)
    owner = None if for_platform or kind.scope is not Scope.TENANT else chosen
    require_to_set(actor, owner, kind)
    async with unit_of_work(ports) as unit:
        if await Preference.filter(owner_key=owner_key(owner), key=key).delete():
            await unit.audit(actor, "preference.deleted", subject=key, tenant_id=owner)
    return await get_preference(ports, actor, key, tenant_id=chosen)
