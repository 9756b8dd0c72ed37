"""Read users and keys."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from domain.accounts.queries import list_api_keys, list_users
from domain.models.user import ApiKey, PlatformRole, User
from gateway.graphql.accounts.types import (
    ApiKeyType,
    PlatformRoleEnum,
    UserType,
)
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.paging import (
    DEFAULT_FIRST,
    After,
    Connection,
    Direction,
    First,
    Listing,
    Way,
    order_of,
    page_request,
)


@strawberry.input(description="Which users. Fields that are left out do not narrow.")
class UserFilter:
    tenant_id: strawberry.ID | None = strawberry.field(default=None, description="Members of this tenant.")
    search: str | None = strawberry.field(default=None, description="The beginning of the username or e-mail.")
    disabled: bool | None = strawberry.field(default=None, description="Disabled, or not disabled.")
    platform_role: PlatformRoleEnum | None = strawberry.field(default=None, description="With this platform role.")


@strawberry.enum(description="What a list of users is ordered by.")
class UserOrder(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="When they were added.")
    USERNAME = strawberry.enum_value("username_key", description="Their username, without regard to case.")


@strawberry.input(description="Which keys. Fields that are left out do not narrow.")
class ApiKeyFilter:
    tenant_id: strawberry.ID | None = strawberry.field(default=None, description="That reach only this tenant.")
    user_id: strawberry.ID | None = strawberry.field(default=None, description="Of this user.")
    door: str | None = strawberry.field(default=None, description="Made for this API.")
    with_revoked: bool = strawberry.field(default=False, description="Also those that were revoked.")


@strawberry.enum(description="What a list of keys is ordered by.")
class ApiKeyOrder(Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="When it was made.")


Users = Annotated[UserFilter | None, strawberry.argument(description="Which of them; null: all in your sight.")]
UsersBy = Annotated[UserOrder, strawberry.argument(description="What the list is ordered by.")]
Keys = Annotated[ApiKeyFilter | None, strawberry.argument(description="Which of them; null: all in your sight.")]
KeysBy = Annotated[ApiKeyOrder, strawberry.argument(description="What the list is ordered by.")]


@strawberry.type
class AccountQueries:
    @root(
        Connection[UserType] | None,
        "Users in your sight: the members of tenants where you have users:read; for the platform everybody.",
    )
    async def users(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = None,
        filter: Users = None,
        order_by: UsersBy = UserOrder.CREATED_AT,
        direction: Way = Direction.ASC,
    ) -> Listing[User]:
        order, request = order_of(order_by, direction), page_request(info, first, after)
        wanted = filter or UserFilter()
        role: PlatformRole | None = wanted.platform_role
        page = await list_users(
            info.context.actor,
            tenant_id=wanted.tenant_id,
            search=wanted.search,
            disabled=wanted.disabled,
            platform_role=role,
            order=order,
            request=request,
        )
        return Listing(page, order, request)

    @root(
        Connection[ApiKeyType] | None,
        "API keys in your sight: your own, and those of tenants where you have keys:read. Their text is never shown.",
    )
    async def api_keys(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = None,
        filter: Keys = None,
        order_by: KeysBy = ApiKeyOrder.CREATED_AT,
        direction: Way = Direction.ASC,
    ) -> Listing[ApiKey]:
        order, request = order_of(order_by, direction), page_request(info, first, after)
        wanted = filter or ApiKeyFilter()
        page = await list_api_keys(
            info.context.actor,
            tenant_id=wanted.tenant_id,
            user_id=wanted.user_id,
            door=wanted.door,
            with_revoked=wanted.with_revoked,
            order=order,
            request=request,
        )
        return Listing(page, order, request)
