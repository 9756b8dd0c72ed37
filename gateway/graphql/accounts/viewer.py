"""Who is asking."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import strawberry

from domain.access import Actor, allowed_scopes
from domain.accounts.queries import get_user
from domain.models.tenant import Tenant, TenantRole
from domain.models.user import User
from gateway.graphql.accounts.types import UserType
from gateway.graphql.context import Info
from gateway.graphql.fields import related, root
from gateway.graphql.tenants.types import TenantRoleEnum, TenantType


class Belonging(NamedTuple):
    """What a ViewerMembership is made from."""

    tenant: Tenant
    role: TenantRole


@strawberry.type(description="A tenant you belong to, and what you are in it.")
class ViewerMembership:
    tenant: TenantType = strawberry.field(description="The tenant.")
    role: TenantRoleEnum = strawberry.field(description="What you may do in it.")


async def _user(root: strawberry.Parent[Actor], info: Info) -> User | None:
    return await get_user(root, root.user_id) if root.user_id else None


async def _memberships(root: strawberry.Parent[Actor], info: Info) -> list[Belonging]:
    found = await info.context.loaders.tenant.load_many(root.memberships)
    pairs = zip(found, root.memberships.values(), strict=True)
    return [Belonging(tenant, role) for tenant, role in pairs if tenant is not None]


async def _tenant(root: strawberry.Parent[Actor], info: Info) -> Tenant | None:
    return await info.context.loaders.tenant.load(root.tenant_id) if root.tenant_id else None


def _scopes(root: strawberry.Parent[Actor]) -> list[str]:
    return sorted(allowed_scopes(root))


@strawberry.type(description="Who you are, and what this credential may do.")
class Viewer:
    user: UserType | None = related(_user, "You.")
    memberships: list[ViewerMembership] | None = related(
        _memberships, "Your tenants, as far as this credential reaches. Needs tenants:read."
    )
    tenant: TenantType | None = related(
        _tenant, "The tenant that new things go to unless you name another. Needs tenants:read."
    )
    scopes: list[str] = related(
        _scopes, "The rights of this credential in at least one of your tenants, such as instances:read."
    )
    read_only: bool = strawberry.field(description="Whether this credential may only read.")
    expires_at: datetime | None = strawberry.field(
        description="When this credential ends, and sockets opened with it; null: not by itself."
    )


@strawberry.type
class ViewerQueries:
    @root(Viewer | None, "Who you are, and what this credential may do.")
    def viewer(self, info: Info) -> Actor:
        return info.context.actor
