"""Set preferences."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from domain.access import parse_id
from domain.preferences.delete_preference import delete_preference
from domain.preferences.queries import get_preference
from domain.preferences.set_preference import set_preference
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.queries import OfTenant
from gateway.graphql.preferences.queries import Key
from gateway.graphql.preferences.types import PreferenceType

ForPlatform = Annotated[
    bool,
    strawberry.argument(description="true: for all tenants that have no value of their own; the platform's to do."),
]


@strawberry.type
class PreferenceMutations:
    @root(
        PreferenceType | None, "Set a setting; what holds afterwards. Needs tenants:write, some a role of the platform."
    )
    async def set_preference(
        self,
        info: Info,
        key: Key,
        value: Annotated[JSON, strawberry.argument(description="Its new value.")],
        tenant_id: OfTenant = None,
        for_platform: ForPlatform = False,
    ) -> PreferenceType:
        tenant = None if tenant_id is None else parse_id(tenant_id, "tenant")
        done = await set_preference(
            info.context.ports, info.context.actor, key, value, tenant_id=tenant, for_platform=for_platform
        )
        return PreferenceType.of(done)

    @root(PreferenceType | None, "Take a value away, so that the one behind it holds again. Rights as for setting it.")
    async def reset_preference(
        self, info: Info, key: Key, tenant_id: OfTenant = None, for_platform: ForPlatform = False
    ) -> PreferenceType:
        tenant = None if tenant_id is None else parse_id(tenant_id, "tenant")
        ports, actor = info.context.ports, info.context.actor
        await delete_preference(ports, actor, key, tenant_id=tenant, for_platform=for_platform)
        return PreferenceType.of(await get_preference(ports, actor, key, tenant_id=tenant))
