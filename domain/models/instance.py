"""Instances: what a tenant runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields

from domain.models.fields import Row
from domain.models.ids import short_id
from domain.models.image import Image
from domain.models.node import Node
from domain.models.tenant import Tenant
from domain.models.user import User


class InstanceState(StrEnum):
    """What the runtime last reported, or what an operation is doing about it right now."""

    INSTALLING = "installing"
    RUNNING = "running"
    STOPPED = "stopped"
    STARTING = "starting"
    STOPPING = "stopping"
    RESTARTING = "restarting"
    REBUILDING = "rebuilding"
    RESTORING = "restoring"
    RESIZING = "resizing"
    PAUSED = "paused"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    DELETING = "deleting"
    DELETED = "deleted"


class Instance(Row):
    """short_id: eight hex digits, unique. slug: the name made DNS-safe, unique in its tenant, None once deleted.
    revision: grows with every change, so that of two versions the newer is known. state_reason: why it failed or
    stopped, in plain words. was_running: whether unsuspend starts it again. annotations: what a door wants echoed.
    RESTRICT: no tenant, owner or node vanishes while something of theirs may run."""

    short_id = fields.CharField(max_length=8, unique=True, default=short_id)
    tenant: fields.ForeignKeyRelation[Tenant] = fields.ForeignKeyField(
        "models.Tenant", related_name="instances", on_delete=fields.RESTRICT
    )
    tenant_id: UUID
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="instances", on_delete=fields.RESTRICT
    )
    owner_id: UUID
    node: fields.ForeignKeyRelation[Node] = fields.ForeignKeyField(
        "models.Node", related_name="instances", on_delete=fields.RESTRICT
    )
    node_id: UUID
    image: fields.ForeignKeyNullableRelation[Image] = fields.ForeignKeyField(
        "models.Image", related_name="instances", null=True, on_delete=fields.SET_NULL
    )
    image_id: UUID | None
    image_ref = fields.CharField(max_length=255)
    command: list[str] | None = fields.JSONField(null=True)
    name = fields.CharField(max_length=100)
    slug = fields.CharField(max_length=63, null=True)
    state = fields.CharEnumField(InstanceState, max_length=16, default=InstanceState.INSTALLING)
    state_reason = fields.CharField(max_length=255, null=True)
    revision = fields.BigIntField(default=1)
    suspended = fields.BooleanField(default=False, db_default=False)
    suspended_reason = fields.CharField(max_length=255, null=True)
    was_running = fields.BooleanField(default=False, db_default=False)
    memory_bytes = fields.BigIntField()
    cpu_millis = fields.IntField()
    disk_bytes = fields.BigIntField(null=True)
    env: dict[str, str] = fields.JSONField(default=dict)
    primary_port = fields.IntField(null=True)
    runtime_id = fields.CharField(max_length=128, null=True)
    updated_at = fields.DatetimeField(auto_now=True)
    started_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    annotations: dict[str, Any] = fields.JSONField(default=dict)

    ports: fields.ReverseRelation[InstancePort]

    class Meta:
        table = "instance"
        unique_together = (("tenant", "slug"),)
        indexes = (
            ("tenant_id", "created_at", "id"),
            ("tenant_id", "name", "id"),
            ("tenant_id", "state", "id"),
            ("created_at", "id"),
            ("name", "id"),
            ("state", "id"),
            ("node_id", "state"),
            ("owner_id", "id"),
            ("image_id",),
        )


class InstancePort(Row):
    """One published port; a host port belongs to one instance of a node at a time."""

    instance: fields.ForeignKeyRelation[Instance] = fields.ForeignKeyField("models.Instance", related_name="ports")
    instance_id: UUID
    node: fields.ForeignKeyRelation[Node] = fields.ForeignKeyField("models.Node", related_name="ports")
    node_id: UUID
    container_port = fields.IntField()
    host_port = fields.IntField()
    protocol = fields.CharField(max_length=3, default="tcp")
    ordinal = fields.IntField(default=0)

    class Meta:
        table = "instance_port"
        unique_together = (("node", "host_port", "protocol"),)
        indexes = (("instance_id", "ordinal"),)
