"""What holds for one channel: who may do what there, and what it remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.access import Actor
from domain.channels.names import patterns_for
from domain.errors import Forbidden, NotFound
from domain.models.channel import ChannelRule
from domain.models.tenant import TenantRole


class ChannelRight(StrEnum):
    SUBSCRIBE = "subscribe"
    PUBLISH = "publish"
    PRESENCE = "presence"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """…_role: the weakest role that may. history_count 0: nothing is kept, and messages come at most once."""

    subscribe_role: TenantRole = TenantRole.OPERATOR
    publish_role: TenantRole = TenantRole.OPERATOR
    presence_role: TenantRole = TenantRole.OPERATOR
    history_role: TenantRole = TenantRole.OPERATOR
    has_presence: bool = True
    history_count: int = 0
    history_age_s: int = 86_400

    @classmethod
    def of(cls, rule: ChannelRule) -> ChannelPolicy:
        return cls(
            rule.subscribe_role,
            rule.publish_role,
            rule.presence_role,
            rule.history_role,
            rule.has_presence,
            rule.history_count,
            rule.history_age_s,
        )

    @property
    def has_history(self) -> bool:
        return self.history_count > 0

    def role_for(self, right: ChannelRight) -> TenantRole:
        return {
            ChannelRight.SUBSCRIBE: self.subscribe_role,
            ChannelRight.PUBLISH: self.publish_role,
            ChannelRight.PRESENCE: self.presence_role,
            ChannelRight.HISTORY: self.history_role,
        }[right]


DEFAULT_POLICY = ChannelPolicy()
_STRENGTH = {role: rank for rank, role in enumerate(TenantRole)}


def policy_for(rules: Mapping[str, ChannelPolicy], name: str) -> ChannelPolicy:
    """The closest rule's: the name's own, its namespace's, the tenant's; else the default."""
    return next((rules[pattern] for pattern in patterns_for(name) if pattern in rules), DEFAULT_POLICY)


async def rules_of(tenant_id: UUID) -> dict[str, ChannelPolicy]:
    """Pattern → policy."""
    return {rule.pattern: ChannelPolicy.of(rule) for rule in await ChannelRule.filter(tenant_id=tenant_id)}


def may_use(actor: Actor, tenant_id: UUID, policy: ChannelPolicy, right: ChannelRight) -> bool:
    """The role decides, and the credential may narrow it (channels:read, channels:write, read-only)."""
    scope = "channels:write" if right is ChannelRight.PUBLISH else "channels:read"
    if actor.file_scope is not None or (actor.scopes is not None and scope not in actor.scopes):
        return False
    if actor.read_only and right is ChannelRight.PUBLISH:
        return False
    role = actor.memberships.get(tenant_id)
    return actor.is_platform or (role is not None and _STRENGTH[role] <= _STRENGTH[policy.role_for(right)])


def require_use(actor: Actor, tenant_id: UUID, policy: ChannelPolicy, right: ChannelRight) -> None:
    """NotFound: the tenant is none of the actor's. Forbidden: the right is missing."""
    if not actor.is_platform and tenant_id not in actor.memberships:
        raise NotFound("There is no such channel.")
    if not may_use(actor, tenant_id, policy, right):
        raise Forbidden(f"This channel does not let you {_SAID[right]}.", right=right.value)


_SAID = {
    ChannelRight.SUBSCRIBE: "listen",
    ChannelRight.PUBLISH: "publish",
    ChannelRight.PRESENCE: "see who is there",
    ChannelRight.HISTORY: "read its history",
}
