"""The outbox: every event, written with the change it tells of and kept for the retention."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class OutboxEvent(Model):
    """seq: order of writing. position: the one global order, given by the relay after commit; None until then.
    topic: noun:id. noun repeats its first part. tenant_id None: only the platform may see it."""

    seq = fields.BigIntField(primary_key=True, generated=True)
    position = fields.BigIntField(null=True, unique=True)
    topic = fields.CharField(max_length=96)
    noun = fields.CharField(max_length=24)
    name = fields.CharField(max_length=48)
    tenant_id = fields.UUIDField(null=True)
    payload: dict[str, Any] = fields.JSONField()
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "outbox_event"
        indexes = (("topic", "position"), ("tenant_id", "position"), ("created_at",))


class OutboxCursor(Model):
    """One row (id 1). last_position: highest given so far. pruned_position: highest that retention has removed."""

    id = fields.IntField(primary_key=True, generated=False)
    last_position = fields.BigIntField(default=0)
    pruned_position = fields.BigIntField(default=0)

    class Meta:
        table = "outbox_cursor"
