"""The columns every table has, said once."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from domain.models.ids import uuid7


class Row(Model):
    """id: UUIDv7. created_at: when the row was written, UTC."""

    id = fields.UUIDField(primary_key=True, default=uuid7)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        abstract = True
