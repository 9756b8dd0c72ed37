"""Set a preference."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.access import Actor
from domain.models.preference import Preference
from domain.ports import Ports
from domain.preferences.queries import EffectivePreference, get_preference
from domain.preferences.registry import Scope, preference_kind
from domain.preferences.rights import readable_tenant, require_to_set
from domain.preferences.values import check_value, owner_key
from domain.unit import unit_of_work


async def set_preference(
    ports: Ports, actor: Actor, key: str, value: Any, *, tenant_id: UUID | None = None, for_platform: bool = False
) -> EffectivePreference:
    """What holds in the tenant afterwards. A preference of the PLATFORM has one value, whoever's tenant is named.
    for_platform: the value of all tenants that have none of their own.

    UnknownPreference. Forbidden: not the actor's to set, or fixed. InvalidInput: the value.
    """
    chosen = readable_tenant(actor, tenant_id)
    kind = preference_kind(key)
    owner = None if for_platform or kind.scope is not Scope.TENANT else chosen
    require_to_set(actor, owner, kind)
    check_value(kind, value)
    async with unit_of_work(ports) as unit:
        row = Preference(tenant_id=owner, owner_key=owner_key(owner), key=key, value={"value": value})
        await Preference.bulk_create([row], on_conflict=["owner_key", "key"], update_fields=["value"])
        await unit.audit(actor, "preference.set", subject=key, tenant_id=owner)
    return await get_preference(ports, actor, key, tenant_id=chosen)
