"""Preferences as GraphQL shows them."""

from __future__ import annotations

import strawberry
from strawberry.scalars import JSON

from domain.preferences.queries import EffectivePreference
from domain.preferences.registry import Scope
from gateway.graphql.rows import described

described(
    Scope,
    "PreferenceSource",
    "Whose value holds.",
    {
        "SYSTEM": "The one it has by itself.",
        "PLATFORM": "The platform's.",
        "TENANT": "The tenant's.",
    },
)


@strawberry.type(name="Preference", description="A setting, and the value that holds in a tenant.")
class PreferenceType:
    key: str = strawberry.field(description="Its name, such as file.max_file_size_mb.")
    value: JSON | None = strawberry.field(description="The value that holds; empty for a secret that is not yours.")
    source: Scope = strawberry.field(description="Whose value it is.")
    default: JSON | None = strawberry.field(description="The value it has by itself.")
    description: str = strawberry.field(description="What it is for.")

    @classmethod
    def of(cls, one: EffectivePreference) -> PreferenceType:
        default = None if one.kind.secret else one.kind.default
        return cls(
            key=one.key,
            value=JSON(one.value),
            source=one.source,
            default=JSON(default),
            description=one.kind.description,
        )
