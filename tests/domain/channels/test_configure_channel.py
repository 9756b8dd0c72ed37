"""Rules of channels: made, changed, taken back, and by whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.access import Actor
from domain.channels.configure_channel import ChannelSpec, configure_channel
from domain.channels.policy import ChannelPolicy, rules_of
from domain.channels.queries import list_channel_rules
from domain.channels.remove_channel_rule import remove_channel_rule
from domain.errors import DomainError, Forbidden, InvalidInput, NotFound, QuotaExceeded
from domain.models import ChannelRule, TenantRole
from tests.domain.channels.conftest import Town
from tests.domain.people import audited, told

KEPT = ChannelPolicy(subscribe_role=TenantRole.VIEWER, history_count=10, history_age_s=60)


async def test_a_rule_is_made_and_told(town: Town) -> None:
    rule = await configure_channel(town.ports, town.owner, ChannelSpec("chat:*", KEPT))
    assert await rules_of(town.tenant.id) == {"chat:*": KEPT}
    (event,) = await told("ChannelRuleChanged")
    assert event["pattern"] == "chat:*"
    assert event["history_count"] == 10
    assert [line.subject for line in await audited("channel.configured")] == ["chat:*"]
    assert [item.id for item in (await list_channel_rules(town.viewer, town.tenant.id)).items] == [rule.id]


async def test_again_it_is_changed(town: Town) -> None:
    first = await configure_channel(town.ports, town.owner, ChannelSpec("chat:*", KEPT))
    again = await configure_channel(town.ports, town.owner, ChannelSpec("chat:*", replace(KEPT, history_count=0)))
    assert again.id == first.id
    assert (await rules_of(town.tenant.id))["chat:*"].history_count == 0


async def test_it_can_be_taken_back(town: Town) -> None:
    rule = await configure_channel(town.ports, town.owner, ChannelSpec("chat:*", KEPT))
    await remove_channel_rule(town.ports, town.owner, rule.id)
    assert await rules_of(town.tenant.id) == {}
    assert [event["pattern"] for event in await told("ChannelRuleRemoved")] == ["chat:*"]
    with pytest.raises(NotFound):
        await remove_channel_rule(town.ports, town.owner, rule.id)


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (replace(KEPT, history_count=-1), "history_count"),
        (replace(KEPT, history_count=10_001), "history_count"),
        (replace(KEPT, history_age_s=0), "history_age_s"),
        (replace(KEPT, history_age_s=31 * 86_400), "history_age_s"),
    ],
)
async def test_impossible_memories_are_refused(town: Town, policy: ChannelPolicy, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await configure_channel(town.ports, town.owner, ChannelSpec("chat:*", policy))
    assert refused.value.details["field"] == field
    assert await ChannelRule.all().count() == 0


@pytest.mark.parametrize(("who", "fault"), [("operator", Forbidden), ("viewer", Forbidden), ("stranger", NotFound)])
async def test_only_admins_decide(town: Town, who: str, fault: type[DomainError]) -> None:
    rule = await configure_channel(town.ports, town.owner, ChannelSpec("chat:*", KEPT))
    actor: Actor = getattr(town, who)
    with pytest.raises(fault):
        await configure_channel(town.ports, actor, ChannelSpec("chat:*", KEPT, town.tenant.id))
    with pytest.raises(fault):
        await remove_channel_rule(town.ports, actor, rule.id)
    assert await rules_of(town.tenant.id) == {"chat:*": KEPT}


async def test_rules_are_bounded(town: Town) -> None:
    few = replace(town.ports, limits=replace(town.ports.limits, channel_rules_per_tenant=1))
    await configure_channel(few, town.owner, ChannelSpec("a", KEPT))
    with pytest.raises(QuotaExceeded):
        await configure_channel(few, town.owner, ChannelSpec("b", KEPT))
    await configure_channel(few, town.owner, ChannelSpec("a", KEPT))


async def test_strangers_see_no_rules(town: Town) -> None:
    with pytest.raises(NotFound):
        await list_channel_rules(town.stranger, town.tenant.id)
