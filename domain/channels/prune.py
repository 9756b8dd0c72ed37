"""Forget what channels need not remember any longer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tortoise.expressions import F
from tortoise.transactions import in_transaction

from domain.channels.log import first_kept
from domain.channels.policy import ChannelPolicy, policy_for, rules_of
from domain.models.channel import ChannelLog, ChannelMessage
from domain.ports import Ports

BATCH = 500
IDLE_LOG_S = 30 * 86_400
"""A log in which nothing was written for so long and nothing is left goes, too; its epoch with it."""


async def prune_channels(ports: Ports) -> None:
    """Remove messages beyond their channel's count and age, and logs that have long been empty."""
    last_id = UUID(int=0)
    rules: dict[UUID, dict[str, ChannelPolicy]] = {}
    while logs := await ChannelLog.filter(id__gt=last_id).order_by("id").limit(BATCH):
        last_id = logs[-1].id
        for log in logs:
            if log.tenant_id not in rules:
                rules[log.tenant_id] = await rules_of(log.tenant_id)
            if log.pruned_position < log.last_position:
                await _prune_log(ports, log, policy_for(rules[log.tenant_id], log.name))
    idle = ports.clock.now() - timedelta(seconds=IDLE_LOG_S)
    await ChannelLog.filter(pruned_position=F("last_position"), written_at__lt=idle).delete()


async def _prune_log(ports: Ports, log: ChannelLog, policy: ChannelPolicy) -> None:
    """The row says first what is gone, so that no reader takes a half-removed stretch for whole."""
    gone = await first_kept(ports, log, policy) - 1
    if gone <= log.pruned_position:
        return
    await ChannelLog.filter(id=log.id, pruned_position__lt=gone).update(pruned_position=gone)
    async with in_transaction():
        await ChannelMessage.filter(log_id=log.id, position__lte=gone).delete()
