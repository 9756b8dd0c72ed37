"""How far somebody may go with a file, as GraphQL says it."""

from __future__ import annotations

from enum import Enum

import strawberry

from domain.models.file import AccessLevel


@strawberry.enum(name="AccessLevel", description="How far somebody may go with a file; each includes those before it.")
class AccessLevelEnum(Enum):
    NONE = strawberry.enum_value(int(AccessLevel.NONE), description="Not at all.")
    READ = strawberry.enum_value(int(AccessLevel.READ), description="Read it.")
    COMMENT = strawberry.enum_value(int(AccessLevel.COMMENT), description="Read it and comment on it.")
    WRITE = strawberry.enum_value(int(AccessLevel.WRITE), description="Change it.")
    ADMIN = strawberry.enum_value(int(AccessLevel.ADMIN), description="Change it and give it to others.")


def shown_level(level: int | None) -> AccessLevelEnum | None:
    return None if level is None else AccessLevelEnum(int(level))


def level_of(said: AccessLevelEnum) -> AccessLevel:
    return AccessLevel[said.name]
