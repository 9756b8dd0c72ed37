"""What an instance starts from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise import fields

from domain.models.fields import Row
from domain.models.tenant import Tenant


class Image(Row):
    """ref: the engine's reference. tenant None: shared by the platform. command: replaces the engine image's own; for
    process_runnable images it is the program itself (only a platform admin can set it). drivers: on which it runs.
    env: defaults. primary_port: what the main service listens on inside. definition: the document it was imported from,
    kept verbatim for the door that shows it."""

    tenant: fields.ForeignKeyNullableRelation[Tenant] = fields.ForeignKeyField(
        "models.Tenant", related_name="images", null=True
    )
    tenant_id: UUID | None
    name = fields.CharField(max_length=100, unique=True)
    ref = fields.CharField(max_length=255)
    description = fields.TextField(default="")
    author = fields.CharField(max_length=254, default="")
    author_name = fields.CharField(max_length=100, default="")
    drivers: list[str] = fields.JSONField(default=list)
    process_runnable = fields.BooleanField(default=False, db_default=False)
    command: list[str] | None = fields.JSONField(null=True)
    env: dict[str, str] = fields.JSONField(default=dict)
    variables: dict[str, Any] = fields.JSONField(default=dict)
    primary_port = fields.IntField(null=True)
    stop_command = fields.CharField(max_length=255, null=True)
    definition: dict[str, Any] = fields.JSONField(default=dict)

    class Meta:
        table = "image"
        indexes = (("tenant_id", "id"), ("ref",), ("created_at", "id"))
