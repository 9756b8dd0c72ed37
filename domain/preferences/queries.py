"""Read preferences: the tenant's value, else the platform's, else the default."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.access import Actor
from domain.errors import InvalidInput
from domain.models.preference import Preference
from domain.ports import Ports
from domain.preferences.registry import PREFERENCES, PreferenceKind, Scope, preference_kind
from domain.preferences.rights import may_set, readable_tenant, require_platform
from domain.preferences.values import owner_key

HIDDEN = ""
"""What is shown of a secret."""


@dataclass(frozen=True, slots=True)
class EffectivePreference:
    """source: whose value it is, SYSTEM for the default."""

    key: str
    kind: PreferenceKind
    value: Any
    source: Scope


async def preference(ports: Ports, tenant_id: UUID | None, key: str) -> Any:
    """The value that holds in a tenant, for other verbs: no right is asked. UnknownPreference."""
    return (await _effective([key], tenant_id))[0].value


async def get_preference(ports: Ports, actor: Actor, key: str, *, tenant_id: UUID | None = None) -> EffectivePreference:
    """The value that holds in the tenant. For its members and the platform. UnknownPreference; Forbidden."""
    chosen = readable_tenant(actor, tenant_id)
    preference_kind(key)
    return _shown(actor, chosen, (await _effective([key], chosen))[0])


async def list_preferences(
    ports: Ports,
    actor: Actor,
    *,
    tenant_id: UUID | None = None,
    prefixes: Iterable[str] = (),
    stored_in: Scope | None = None,
) -> list[EffectivePreference]:
    """Registered ones, and those below the wildcards that are set; by key. prefixes: any of them fits.
    stored_in: only what is set there, by the PLATFORM (for which one needs to be of it) or the TENANT."""
    starts = tuple(prefixes)
    if stored_in is Scope.SYSTEM:
        raise InvalidInput("Settings are stored for the platform or a tenant.", field="stored_in")
    chosen = readable_tenant(actor, tenant_id)
    if stored_in is Scope.PLATFORM:
        require_platform(actor)
        chosen = None
    stored = await Preference.filter(owner_key__in=list({"", owner_key(chosen)})).values_list("key", flat=True)
    keys = sorted(key for key in {*PREFERENCES, *map(str, stored)} if not starts or key.startswith(starts))
    found = [_shown(actor, chosen, one) for one in await _effective(keys, chosen)]
    return found if stored_in is None else [one for one in found if one.source is stored_in]


async def _effective(keys: list[str], tenant_id: UUID | None) -> list[EffectivePreference]:
    kinds = {key: preference_kind(key) for key in keys}
    owners = {"", owner_key(tenant_id)}
    rows = await Preference.filter(key__in=keys, owner_key__in=list(owners))
    stored = {(row.owner_key, row.key): row.value["value"] for row in rows}
    return [_of(key, kind, stored, tenant_id) for key, kind in kinds.items()]


def _of(
    key: str, kind: PreferenceKind, stored: dict[tuple[str, str], Any], tenant_id: UUID | None
) -> EffectivePreference:
    mine, all_of_us = (owner_key(tenant_id), key), ("", key)
    if kind.scope is Scope.TENANT and tenant_id is not None and mine in stored:
        return EffectivePreference(key, kind, stored[mine], Scope.TENANT)
    if kind.scope is not Scope.SYSTEM and all_of_us in stored:
        return EffectivePreference(key, kind, stored[all_of_us], Scope.PLATFORM)
    return EffectivePreference(key, kind, kind.default, Scope.SYSTEM)


def _shown(actor: Actor, tenant_id: UUID | None, one: EffectivePreference) -> EffectivePreference:
    if not one.kind.secret or may_set(actor, tenant_id, one.kind):
        return one
    return EffectivePreference(one.key, one.kind, HIDDEN, one.source)
