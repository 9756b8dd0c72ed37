"""Found tenants and take members in."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from domain.models.tenant import Membership, Tenant, TenantKind
from domain.tenants.add_member import add_member
from domain.tenants.create_tenant import TenantSpec, create_tenant
from domain.tenants.give_id_tag import give_id_tag
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.tenants.queries import TenantId
from gateway.graphql.tenants.types import MembershipType, TenantKindEnum, TenantRoleEnum, TenantType


@strawberry.input(description="A tenant to found.")
class CreateTenantInput:
    name: str = strawberry.field(description="Its name, 1 to 100 characters.")
    slug: str | None = strawberry.field(
        default=None, description="DNS-safe name, unique on the platform; null: made from the name."
    )
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Its first owner; null: you.")
    kind: TenantKindEnum = strawberry.field(default=TenantKind.ORGANIZATION, description="What stands behind it.")
    id_tag: str | None = strawberry.field(
        default=None, description="DNS name by which it is known as an identity; null: none."
    )


@strawberry.type
class TenantMutations:
    @root(TenantType | None, "Found a tenant. Needs tenants:create, a right of the platform.")
    async def create_tenant(
        self, info: Info, input: Annotated[CreateTenantInput, strawberry.argument(description="The tenant.")]
    ) -> Tenant:
        spec = TenantSpec(input.name, input.slug, input.owner_id, input.kind, input.id_tag)
        tenant = await create_tenant(info.context.ports, info.context.actor, spec)
        owner_id = input.owner_id or info.context.actor.user_id
        if owner_id is not None:
            info.context.house.identities.invalidate_user(UUID(str(owner_id)))
        return tenant

    @root(TenantType | None, "Give a tenant an id tag, or another one. Needs tenants:create, a right of the platform.")
    async def identify_tenant(
        self,
        info: Info,
        tenant_id: TenantId,
        id_tag: Annotated[str, strawberry.argument(description="DNS name by which it is known from now on.")],
        kind: Annotated[TenantKindEnum, strawberry.argument(description="What stands behind it.")],
    ) -> Tenant:
        return await give_id_tag(info.context.ports, info.context.actor, tenant_id, id_tag, kind)

    @root(MembershipType | None, "Take a user into a tenant. Needs members:write there; owners are made by owners.")
    async def add_member(
        self,
        info: Info,
        tenant_id: TenantId,
        user: Annotated[str, strawberry.argument(description="Their id, e-mail or username, exactly.")],
        role: Annotated[TenantRoleEnum, strawberry.argument(description="What they may do.")],
    ) -> Membership:
        member = await add_member(info.context.ports, info.context.actor, tenant_id, user, role)
        info.context.house.identities.invalidate_user(member.user_id)
        return member
