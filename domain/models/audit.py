"""The audit log: who did what to the security of the platform."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from domain.models.fields import Row


class AuditEntry(Row):
    """action: noun.verb_past. Ids are kept as plain values so that an entry outlives what it speaks of."""

    action = fields.CharField(max_length=48)
    tenant_id = fields.UUIDField(null=True)
    user_id = fields.UUIDField(null=True)
    credential = fields.CharField(max_length=64, null=True)
    door = fields.CharField(max_length=24)
    subject = fields.CharField(max_length=128, null=True)
    address = fields.CharField(max_length=64, null=True)
    details: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        table = "audit_entry"
        indexes = (
            ("tenant_id", "created_at", "id"),
            ("user_id", "id"),
            ("action", "id"),
            ("created_at", "id"),
        )
