"""Add users; make and revoke keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NamedTuple

import strawberry

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.create_user import UserSpec, create_user
from domain.accounts.credentials import name_of
from domain.accounts.revoke_api_key import revoke_api_key
from domain.models.tenant import TenantRole
from domain.models.user import ApiKey, User
from gateway.graphql.accounts.sessions import PASSWORD_COST
from gateway.graphql.accounts.types import ApiKeyType, CreatedApiKey, PlatformRoleEnum, UserType
from gateway.graphql.context import Info
from gateway.graphql.fields import root
from gateway.graphql.tenants.types import TenantRoleEnum


class Made(NamedTuple):
    """What a CreatedApiKey is made from."""

    api_key: ApiKey
    key: str


@strawberry.input(description="A key to make. What is not said is taken from the credential that asks.")
class CreateApiKeyInput:
    name: str = strawberry.field(default="", description="What to call it, at most 100 characters.")
    door: str = strawberry.field(
        default="graphql", description="The API it is for: graphql, skyport and so on; each has a form of its own."
    )
    tenant_id: strawberry.ID | None = strawberry.field(default=None, description="The only tenant it reaches.")
    user_id: strawberry.ID | None = strawberry.field(default=None, description="For whom; null: you.")
    scopes: list[str] | None = strawberry.field(
        default=None, description="The only rights it has; null: all that your roles allow."
    )
    read_only: bool = strawberry.field(default=False, description="Whether it may only read.")
    flavour: str | None = strawberry.field(default=None, description="Which variant of its API it speaks.")
    expires_at: datetime | None = strawberry.field(default=None, description="When it ends; null: never.")

    def to_spec(self) -> KeySpec:
        return KeySpec(
            door=self.door,
            name=self.name,
            tenant_id=self.tenant_id,
            user_id=self.user_id,
            scopes=self.scopes,
            read_only=self.read_only,
            flavour=self.flavour,
            expires_at=self.expires_at,
        )


@strawberry.input(description="A user to add.")
class CreateUserInput:
    username: str = strawberry.field(description="The name they sign in with, unique.")
    email: str = strawberry.field(description="Their e-mail address, unique.")
    password: str | None = strawberry.field(
        default=None, description="At least 8 characters; null: they cannot sign in until it is set."
    )
    external_id: str | None = strawberry.field(default=None, description="The id that a foreign client chose for them.")
    platform_role: PlatformRoleEnum | None = strawberry.field(
        default=None, description="Rights over the platform itself; only an owner can give them."
    )
    tenant_id: strawberry.ID | None = strawberry.field(
        default=None, description="A tenant they join; null: one of their own is made."
    )
    tenant_role: TenantRoleEnum = strawberry.field(
        default=TenantRole.VIEWER, description="What they may do in that tenant."
    )

    def to_spec(self) -> UserSpec:
        return UserSpec(
            username=self.username,
            email=self.email,
            password=self.password,
            external_id=self.external_id,
            platform_role=self.platform_role,
            tenant_id=self.tenant_id,
            tenant_role=self.tenant_role,
        )


@strawberry.type
class AccountMutations:
    @root(CreatedApiKey | None, "Make an API key; its text is shown only now. Needs keys:write.")
    async def create_api_key(
        self, info: Info, input: Annotated[CreateApiKeyInput, strawberry.argument(description="The key.")]
    ) -> Made:
        row, text = await create_api_key(info.context.ports, info.context.actor, input.to_spec())
        info.context.is_secret = True
        return Made(row, text)

    @root(ApiKeyType | None, "End a key, and every socket opened with it. One that has ended stays as it is.")
    async def revoke_api_key(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The key's id.")]
    ) -> ApiKey:
        key = await revoke_api_key(info.context.ports, info.context.actor, id)
        info.context.house.identities.invalidate(name_of(key))
        return key

    @root(UserType | None, "Add a user. Needs users:write, a right of the platform.", cost=PASSWORD_COST)
    async def create_user(
        self, info: Info, input: Annotated[CreateUserInput, strawberry.argument(description="The user.")]
    ) -> User:
        return await create_user(info.context.ports, info.context.actor, input.to_spec())
