"""Read tags."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.access import parse_id, target_tenant
from domain.tags.queries import TagCount, list_tags
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.queries import OfTenant
from gateway.graphql.tags.types import TagCountType

First = Annotated[int, strawberry.argument(description="How many at most, from 1 to 1000.")]
Prefix = Annotated[str | None, strawberry.argument(description="Only those that begin so.")]


@strawberry.type
class TagQueries:
    @root(list[TagCountType] | None, "The tags of the files that you may read, in order.")
    async def tags(
        self, info: Info, prefix: Prefix = None, first: First = 100, tenant_id: OfTenant = None
    ) -> list[TagCount]:
        actor = info.context.actor
        tenant = target_tenant(actor, None if tenant_id is None else parse_id(tenant_id, "tenant"))
        return await list_tags(info.context.ports, actor, tenant, prefix=prefix, first=first)
