"""Read refs."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.access import parse_id, target_tenant
from domain.refs.queries import RefState, get_ref, list_refs
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.files.queries import OfTenant
from gateway.graphql.refs.types import RefStateEnum, RefType

First = Annotated[int, strawberry.argument(description="How many at most, from 1 to 200.")]
Skip = Annotated[int, strawberry.argument(description="How many to leave out at the start.")]
OfFile = Annotated[strawberry.ID | None, strawberry.argument(description="Links to this file; null: your own refs.")]
Kind = Annotated[str | None, strawberry.argument(description="Of this kind, such as share.file; null: of all.")]
State = Annotated[RefStateEnum, strawberry.argument(description="In this state.")]
RefId = Annotated[strawberry.ID, strawberry.argument(description="The ref's id.")]


@strawberry.type(description="Some refs out of a list.")
class RefPage:
    nodes: list[RefType] = strawberry.field(description="The refs, newest first.")
    total_count: int = strawberry.field(description="How many the whole list has.")


@strawberry.type
class RefQueries:
    @root(RefType | None, "One ref by its id, which is the secret; used up and expired ones, too.")
    async def ref(self, info: Info, ref_id: RefId) -> RefType:
        return RefType.of(await get_ref(info.context.ports, info.context.actor, ref_id))

    @root(RefPage | None, "Refs that are yours to see, newest first.")
    async def refs(
        self,
        info: Info,
        file_id: OfFile = None,
        kind: Kind = None,
        state: State = RefState.ACTIVE,
        first: First = 50,
        skip: Skip = 0,
        tenant_id: OfTenant = None,
    ) -> RefPage:
        actor = info.context.actor
        tenant = target_tenant(actor, None if tenant_id is None else parse_id(tenant_id, "tenant"))
        found = await list_refs(
            info.context.ports, actor, tenant, kind=kind, state=state, resource=file_id, first=first, offset=skip
        )
        return RefPage(nodes=[RefType.of(seen) for seen in found.items], total_count=found.total)
