"""Who may do what in a channel: the rule's role, narrowed by the credential."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from domain.access import Actor, FileScope
from domain.channels.policy import DEFAULT_POLICY, ChannelPolicy, ChannelRight, may_use, policy_for, require_use
from domain.errors import Forbidden, NotFound
from domain.models import AccessLevel, PlatformRole, TenantRole

TENANT = uuid4()
READING = (ChannelRight.SUBSCRIBE, ChannelRight.PRESENCE, ChannelRight.HISTORY)
OPEN = ChannelPolicy(TenantRole.VIEWER, TenantRole.ADMIN, TenantRole.OPERATOR, TenantRole.OWNER)


def member(role: TenantRole | None) -> Actor:
    memberships = {} if role is None else {TENANT: role}
    return Actor(user_id=uuid4(), credential="key:1", door="bus", tenant_id=TENANT, memberships=memberships)


def rights(actor: Actor, policy: ChannelPolicy = OPEN) -> set[str]:
    return {right.value for right in ChannelRight if may_use(actor, TENANT, policy, right)}


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (TenantRole.OWNER, {"subscribe", "publish", "presence", "history"}),
        (TenantRole.ADMIN, {"subscribe", "publish", "presence"}),
        (TenantRole.OPERATOR, {"subscribe", "presence"}),
        (TenantRole.VIEWER, {"subscribe"}),
        (None, set()),
    ],
)
def test_the_role_decides(role: TenantRole | None, allowed: set[str]) -> None:
    assert rights(member(role)) == allowed


def test_without_a_rule_operators_may_all_and_viewers_nothing() -> None:
    assert len(rights(member(TenantRole.OPERATOR), DEFAULT_POLICY)) == 4
    assert rights(member(TenantRole.VIEWER), DEFAULT_POLICY) == set()


def test_the_platform_may_all() -> None:
    assert len(rights(replace(member(None), platform_role=PlatformRole.ADMIN))) == 4


def test_a_credential_may_narrow_it() -> None:
    owner = member(TenantRole.OWNER)
    assert rights(replace(owner, read_only=True)) == {"subscribe", "presence", "history"}
    assert rights(replace(owner, scopes=frozenset({"channels:write"}))) == {"publish"}
    assert rights(replace(owner, scopes=frozenset({"files:read"}))) == set()
    assert rights(replace(owner, file_scope=FileScope(uuid4(), AccessLevel.WRITE, True))) == set()


def test_a_foreign_channel_does_not_exist() -> None:
    with pytest.raises(NotFound):
        require_use(member(None), TENANT, OPEN, ChannelRight.SUBSCRIBE)
    with pytest.raises(Forbidden) as refused:
        require_use(member(TenantRole.VIEWER), TENANT, OPEN, ChannelRight.PUBLISH)
    assert refused.value.details["right"] == "publish"


def test_the_closest_rule_holds() -> None:
    rules = {"chat:*": OPEN, "chat:room": ChannelPolicy(history_count=5)}
    assert policy_for(rules, "chat:room").history_count == 5
    assert policy_for(rules, "chat:other") is OPEN
    assert policy_for(rules, "news") is DEFAULT_POLICY
    assert policy_for({"*": OPEN}, "news") is OPEN
