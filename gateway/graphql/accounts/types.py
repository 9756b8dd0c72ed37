"""People, their sessions and keys as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from domain.models.user import ApiKey, PlatformRole, User
from gateway.graphql.fields import related
from gateway.graphql.people import Person
from gateway.graphql.rows import described, of_rows

PlatformRoleEnum = described(
    PlatformRole,
    "PlatformRole",
    "Rights over the platform itself.",
    {"OWNER": "Everything.", "ADMIN": "Nodes, catalogue, users and tenants; not the owners."},
)


@of_rows(
    User,
    {
        "id": "The user's id.",
        "username": "The name they sign in with.",
        "email": "Their e-mail address, with which they can sign in, too.",
        "external_id": "The id that a foreign client chose for them.",
        "platform_role": "Their rights over the platform itself; null: none.",
        "disabled": "Whether they are kept from signing in.",
        "created_at": "When they were added.",
    },
    name="User",
    description="Somebody who can sign in.",
)
class UserType: ...


@strawberry.type(name="SignedIn", description="A session that was opened or prolonged.")
class SignedInType:
    access_token: str | None = strawberry.field(
        description="Send it as Authorization: Bearer …, or in connection_init. Null when it is kept in a cookie."
    )
    access_expires_at: datetime = strawberry.field(description="When the access token ends.")
    refresh_token: str | None = strawberry.field(
        description="Trade it once for the next pair of tokens. Null when it is kept in a cookie."
    )
    refresh_expires_at: datetime = strawberry.field(description="When the session ends unless it is used before.")
    user: UserType = strawberry.field(description="Who signed in.")


def _person(root: strawberry.Parent[ApiKey]) -> User:
    return root.user


@of_rows(
    ApiKey,
    {
        "id": "The key's id.",
        "name": "What its maker called it.",
        "door": "The API it is made for; every key also works with GraphQL.",
        "prefix": "Its readable beginning; the rest is never shown again.",
        "tenant_id": "The only tenant it reaches; null: all of its user's.",
        "scopes": "The only rights it has; null: all that its user's roles allow.",
        "read_only": "Whether it may only read.",
        "flavour": "Which variant of its API it speaks; null: the usual one.",
        "expires_at": "When it ends; null: never.",
        "last_used_at": "When it was last used, to the minute; null: never.",
        "revoked_at": "When it was revoked; null: it works.",
        "created_at": "When it was made.",
    },
    name="ApiKey",
    description="A long-lived credential.",
)
class ApiKeyType:
    scopes: list[str] | None
    user: Person = related(_person, "For whom it stands.")


@strawberry.type(description="An API key that was made.")
class CreatedApiKey:
    api_key: ApiKeyType = strawberry.field(description="The key's entry.")
    key: str = strawberry.field(description="The key itself, shown only now.")
