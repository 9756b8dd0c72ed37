"""Take a rule of channels back; what is wider holds again."""

from __future__ import annotations

from uuid import UUID

from domain.access import Actor, parse_id, require, visible
from domain.errors import NotFound
from domain.events import channel_rule_removed
from domain.models.channel import ChannelRule
from domain.ports import Ports
from domain.unit import unit_of_work


async def remove_channel_rule(ports: Ports, actor: Actor, rule_id: UUID | str) -> None:
    """Needs tenants:write. What the channels remember stays until its age ends. NotFound."""
    require(actor, "tenants:write")
    rule = await visible(ChannelRule.filter(id=parse_id(rule_id, "rule")), actor).first()
    if rule is None:
        raise NotFound("There is no such rule.", id=str(rule_id))
    require(actor, "tenants:write", rule.tenant_id)
    async with unit_of_work(ports) as unit:
        await rule.delete()
        unit.emit(channel_rule_removed(rule))
        await unit.audit(actor, "channel.rule_removed", subject=rule.pattern, tenant_id=rule.tenant_id)
