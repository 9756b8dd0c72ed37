"""Preferences: named values of a tenant, or of the whole platform."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise import fields

from domain.models.fields import Row
from domain.models.tenant import Tenant


class Preference(Row):
    """value: {"value": …}, so that texts stay texts. tenant None: for everybody who has set none of their own.
    owner_key repeats the tenant's id, or is "" for the platform: NULLs would not be unique."""

    tenant: fields.ForeignKeyNullableRelation[Tenant] = fields.ForeignKeyField(
        "models.Tenant", related_name="preferences", null=True
    )
    tenant_id: UUID | None
    owner_key = fields.CharField(max_length=36, default="")
    key = fields.CharField(max_length=128)
    value: dict[str, Any] = fields.JSONField()

    class Meta:
        table = "preference"
        unique_together = (("owner_key", "key"),)
        indexes = (("tenant_id", "key"),)
