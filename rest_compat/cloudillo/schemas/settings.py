"""Settings: our preferences."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct

from domain.errors import InvalidInput
from domain.preferences.queries import EffectivePreference
from domain.preferences.registry import Scope, Setter
from rest_compat.cloudillo.schemas.words import ours

SCOPES = {"System": Scope.SYSTEM, "Global": Scope.PLATFORM, "Tenant": Scope.TENANT}
SETTERS = {"System": Setter.NOBODY, "Admin": Setter.ADMIN, "User": Setter.USER}
LEVELS = {"global": Scope.PLATFORM, "tenant": Scope.TENANT}
_SCOPE_WORDS = {scope: word for word, scope in SCOPES.items()}
_SETTER_WORDS = {setter: word for word, setter in SETTERS.items()}


class SettingOut(Struct, kw_only=True):
    """A setting. value: the one that holds, null when none was ever set. scope: System, Global or Tenant. permission:
    System, Admin or User."""

    key: str
    value: Any
    scope: str
    permission: str
    description: str

    @classmethod
    def of(cls, one: EffectivePreference) -> SettingOut:
        return cls(
            key=one.key,
            value=one.value,
            scope=_SCOPE_WORDS[one.kind.scope],
            permission=_SETTER_WORDS[one.kind.setter],
            description=one.kind.description,
        )


class SettingIn(Struct, kw_only=True):
    """value: any JSON, null and empty texts included."""

    value: Any = UNSET

    def given(self) -> Any:
        if self.value is UNSET:
            raise InvalidInput("value is missing.", field="value")
        return self.value


class LevelQuery(Struct, kw_only=True):
    """level: global for all tenants that have set none of their own."""

    level: str | None = None

    @property
    def stored_in(self) -> Scope | None:
        return ours(LEVELS, self.level, "level") if self.level else None


class SettingsQuery(LevelQuery, kw_only=True):
    """prefix: how the keys begin, joined by commas. level: only what is set there; needs prefix. tenant: whose, by id
    tag; for the platform's admins."""

    prefix: list[str] | None = None
    tenant: str | None = None
