"""This installation itself: one row, made with the first start."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from domain.models.ids import uuid7


class Installation(Model):
    """One row (id 1). installation_id: marks what is ours in engines that others use too; the same on every replica.
    seeded_at: when the first owner, tenant and keys were made; None until then."""

    id = fields.IntField(primary_key=True, generated=False)
    installation_id: UUID = fields.UUIDField(default=uuid7)
    created_at = fields.DatetimeField(auto_now_add=True)
    seeded_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "installation"
