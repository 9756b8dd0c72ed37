"""Operations: long work as durable rows (queue, lease, progress and outcome in one)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields

from domain.models.fields import Row
from domain.models.instance import Instance
from domain.models.tenant import Tenant


class OperationState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_STATES = (OperationState.QUEUED, OperationState.RUNNING)
ENDED_STATES = frozenset({OperationState.SUCCEEDED, OperationState.FAILED, OperationState.CANCELLED})


class Operation(Row):
    """kind: which job. lane: operations of one lane run one after the other, by lane_order and id; running_lane repeats
    the lane while running and is unique, so that no race can break that. lease_until: the worker prolongs it or loses
    the job. progress: percent or None. error: {code, message}. dedupe_key: at most one operation ever has it."""

    kind = fields.CharField(max_length=64)
    tenant: fields.ForeignKeyNullableRelation[Tenant] = fields.ForeignKeyField(
        "models.Tenant", related_name="operations", null=True
    )
    tenant_id: UUID | None
    instance: fields.ForeignKeyNullableRelation[Instance] = fields.ForeignKeyField(
        "models.Instance", related_name="operations", null=True
    )
    instance_id: UUID | None
    created_by = fields.CharField(max_length=64, default="")
    dedupe_key = fields.CharField(max_length=128, null=True, unique=True)
    lane = fields.CharField(max_length=64, null=True)
    lane_order = fields.BigIntField(default=0)
    running_lane = fields.CharField(max_length=64, null=True, unique=True)
    state = fields.CharEnumField(OperationState, max_length=16, default=OperationState.QUEUED)
    payload: dict[str, Any] = fields.JSONField(default=dict)
    progress = fields.IntField(null=True)
    progress_text = fields.CharField(max_length=255, null=True)
    result: dict[str, Any] | None = fields.JSONField(null=True)
    error: dict[str, Any] | None = fields.JSONField(null=True)
    attempts = fields.IntField(default=0)
    max_attempts = fields.IntField(default=5)
    run_at = fields.DatetimeField()
    lease_until = fields.DatetimeField(null=True)
    worker = fields.CharField(max_length=128, null=True)
    cancel_requested = fields.BooleanField(default=False, db_default=False)
    started_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    revision = fields.BigIntField(default=1)

    class Meta:
        table = "operation"
        indexes = (
            ("state", "run_at", "id"),
            ("state", "lease_until"),
            ("lane", "state", "id"),
            ("tenant_id", "created_at", "id"),
            ("instance_id", "id"),
            ("created_at", "id"),
            ("kind", "id"),
            ("ended_at",),
        )


class OperationStep(Row):
    """What a job did once and must not do twice."""

    operation: fields.ForeignKeyRelation[Operation] = fields.ForeignKeyField("models.Operation", related_name="steps")
    operation_id: UUID
    name = fields.CharField(max_length=64)
    result: dict[str, Any] | None = fields.JSONField(null=True)

    class Meta:
        table = "operation_step"
        unique_together = (("operation", "name"),)
