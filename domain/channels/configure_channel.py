"""Decide what holds for a channel, a namespace, or all channels of a tenant."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

from domain.access import Actor, require, target_tenant
from domain.channels.names import check_pattern
from domain.channels.policy import ChannelPolicy
from domain.errors import InvalidInput, QuotaExceeded
from domain.events import channel_rule_changed
from domain.models.channel import ChannelRule
from domain.ports import Ports
from domain.tenants.owners import lock_tenant
from domain.tenants.queries import visible_tenant
from domain.unit import unit_of_work


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """pattern: a channel's name, "namespace:*" or "*"."""

    pattern: str
    policy: ChannelPolicy
    tenant_id: UUID | str | None = None


async def configure_channel(ports: Ports, actor: Actor, spec: ChannelSpec) -> ChannelRule:
    """Set the rule of a pattern; it holds at once, for open sockets too. Needs tenants:write there.

    InvalidInput: pattern, history_count, history_age_s. QuotaExceeded: too many rules.
    """
    require(actor, "tenants:write")
    tenant = await visible_tenant(actor, spec.tenant_id or target_tenant(actor, None))
    require(actor, "tenants:write", tenant.id)
    pattern = check_pattern(spec.pattern)
    _check_history(ports, spec.policy)
    async with unit_of_work(ports) as unit:
        await lock_tenant(tenant.id)
        rule = await ChannelRule.get_or_none(tenant_id=tenant.id, pattern=pattern)
        if rule is None:
            await _refuse_too_many(ports, tenant.id)
            rule = await ChannelRule.create(tenant_id=tenant.id, pattern=pattern, **asdict(spec.policy))
        else:
            await rule.update_from_dict(asdict(spec.policy)).save()
        unit.emit(channel_rule_changed(rule))
        await unit.audit(actor, "channel.configured", subject=pattern, tenant_id=tenant.id)
    return rule


def _check_history(ports: Ports, policy: ChannelPolicy) -> None:
    most, longest = ports.limits.channel_history_max, ports.limits.channel_history_age_max_s
    if not 0 <= policy.history_count <= most:
        raise InvalidInput(f"A channel keeps 0 to {most} messages.", field="history_count", limit=most)
    if not 1 <= policy.history_age_s <= longest:
        raise InvalidInput(f"A channel keeps messages for 1 to {longest} s.", field="history_age_s", limit=longest)


async def _refuse_too_many(ports: Ports, tenant_id: UUID) -> None:
    most = ports.limits.channel_rules_per_tenant
    if await ChannelRule.filter(tenant_id=tenant_id).count() >= most:
        raise QuotaExceeded(f"A tenant may have {most} rules of channels.", limit=most)
