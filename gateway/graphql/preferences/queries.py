"""Read preferences."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.access import parse_id
from domain.preferences.queries import get_preference, list_preferences
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.queries import OfTenant
from gateway.graphql.preferences.types import PreferenceType

Key = Annotated[str, strawberry.argument(description="Its name.")]
Prefixes = Annotated[
    list[str] | None, strawberry.argument(description="Those that begin with any of these; null: all.")
]


@strawberry.type
class PreferenceQueries:
    @root(PreferenceType | None, "One setting, as it holds in a tenant. NOT_FOUND: there is none of that name.")
    async def preference(self, info: Info, key: Key, tenant_id: OfTenant = None) -> PreferenceType:
        tenant = None if tenant_id is None else parse_id(tenant_id, "tenant")
        return PreferenceType.of(await get_preference(info.context.ports, info.context.actor, key, tenant_id=tenant))

    @root(list[PreferenceType] | None, "All settings, as they hold in a tenant, by name.")
    async def preferences(
        self,
        info: Info,
        prefixes: Prefixes = None,
        tenant_id: OfTenant = None,
    ) -> list[PreferenceType]:
        tenant = None if tenant_id is None else parse_id(tenant_id, "tenant")
        found = await list_preferences(
            info.context.ports, info.context.actor, tenant_id=tenant, prefixes=prefixes or ()
        )
        return [PreferenceType.of(one) for one in found]
