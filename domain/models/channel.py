"""Channels: what a tenant has decided about them, and the log of those that remember."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from domain.models.fields import Row
from domain.models.tenant import Tenant, TenantRole


class ChannelRule(Row):
    """What holds for the channels of a pattern: a name, all of a namespace ("chat:*"), or all of the tenant ("*").

    …_role: the weakest role that may. history_count: messages kept, 0 for none; history_age_s: for how long.
    """

    tenant: fields.ForeignKeyRelation[Tenant] = fields.ForeignKeyField("models.Tenant", related_name="channel_rules")
    tenant_id: UUID
    pattern = fields.CharField(max_length=128)
    subscribe_role = fields.CharEnumField(TenantRole, max_length=16)
    publish_role = fields.CharEnumField(TenantRole, max_length=16)
    presence_role = fields.CharEnumField(TenantRole, max_length=16)
    history_role = fields.CharEnumField(TenantRole, max_length=16)
    has_presence = fields.BooleanField()
    history_count = fields.IntField()
    history_age_s = fields.IntField()

    class Meta:
        table = "channel_rule"
        unique_together = (("tenant", "pattern"),)


class ChannelLog(Row):
    """The log of one channel. epoch: changes when its numbering begins anew. last_position: of the newest message, 0
    before the first; pruned_position: the highest that retention has removed. written_at: of the newest message."""

    tenant: fields.ForeignKeyRelation[Tenant] = fields.ForeignKeyField("models.Tenant", related_name="channel_logs")
    tenant_id: UUID
    name = fields.CharField(max_length=128)
    epoch = fields.CharField(max_length=16)
    last_position = fields.BigIntField(default=0)
    pruned_position = fields.BigIntField(default=0)
    written_at = fields.DatetimeField()

    class Meta:
        table = "channel_log"
        unique_together = (("tenant", "name"),)
        indexes = (("written_at",),)


class ChannelMessage(Model):
    """position: its place in the log, without gaps. data: JSON as it came. publisher: how the sender is known."""

    id = fields.BigIntField(primary_key=True, generated=True)
    log: fields.ForeignKeyRelation[ChannelLog] = fields.ForeignKeyField("models.ChannelLog", related_name="messages")
    log_id: UUID
    position = fields.BigIntField()
    data = fields.TextField()
    publisher = fields.CharField(max_length=64, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "channel_message"
        unique_together = (("log", "position"),)
