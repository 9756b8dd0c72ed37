"""unit_of_work: one transaction that holds the changed rows, the events that tell of them and the jobs they need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.access import Actor
from domain.errors import Locked, Unavailable
from domain.events import Event, operation_changed
from domain.models.audit import AuditEntry
from domain.models.instance import Instance
from domain.models.operation import Operation
from domain.models.outbox import OutboxEvent
from domain.models.user import IdempotencyRecord
from domain.ports import Ports

WAKE_OUTBOX = "wake:outbox"
WAKE_JOBS = "wake:jobs"


class Unit:
    """What verbs add to their transaction. Made by unit_of_work only."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._events: list[Event] = []
        self._queued = False

    def emit(self, event: Event) -> None:
        """Tell of a change, as the rows stand now; it leaves after commit."""
        self._events.append(event)

    async def enqueue(
        self,
        kind: str,
        actor: Actor,
        *,
        instance: Instance | None = None,
        tenant_id: UUID | None = None,
        lane: str | None = None,
        payload: dict[str, Any] | None = None,
        dedupe_key: str | None = None,
        delay_s: float = 0.0,
    ) -> Operation:
        """Queue a job; the operation is what clients watch. Jobs of one instance share its lane."""
        operation = await Operation.create(
            kind=kind,
            tenant_id=instance.tenant_id if instance else tenant_id,
            instance_id=instance.id if instance else None,
            lane=lane or (str(instance.id) if instance else None),
            # The instance's row is locked here, so its revision orders the lane whatever the replicas' clocks say.
            lane_order=instance.revision if instance else 0,
            created_by=actor.credential,
            payload=payload or {},
            dedupe_key=dedupe_key,
            run_at=self._ports.clock.now() + timedelta(seconds=delay_s),
        )
        self._queued = True
        self.emit(operation_changed(operation))
        return operation

    async def audit(
        self,
        actor: Actor,
        action: str,
        *,
        subject: str | None = None,
        tenant_id: UUID | None = None,
        **details: Any,
    ) -> None:
        """Write a line of the audit log; it stands or falls with the change."""
        await AuditEntry.create(
            action=action,
            tenant_id=tenant_id or (None if actor.is_platform else actor.tenant_id),
            user_id=actor.user_id,
            credential=actor.credential,
            door=actor.door,
            subject=subject,
            address=actor.address,
            details=details,
        )

    async def _flush(self) -> None:
        if self._ports.claim_id is not None:
            await _mark_applied(self._ports.claim_id)
        if self._events:
            await OutboxEvent.bulk_create([_row(event) for event in self._events])

    async def _wake(self) -> None:
        """The bus only makes it quick: relay and worker also look by themselves."""
        try:
            if self._events:
                await self._ports.bus.publish(WAKE_OUTBOX, b"")
            if self._queued:
                await self._ports.bus.publish(WAKE_JOBS, b"")
        except Unavailable:
            return


async def _mark_applied(claim_id: UUID) -> None:
    """Locked when the record is gone: the request took so long that its repetition took the key over, and both must
    not be applied. Later units of one request find it marked already."""
    record = IdempotencyRecord.filter(id=claim_id)
    if not await record.filter(state="started").update(state="applied") and not await record.exists():
        raise Locked("This request took too long, and its repetition has taken over.", field="Idempotency-Key")


def _row(event: Event) -> OutboxEvent:
    return OutboxEvent(
        topic=event.topic, noun=event.noun, name=event.name, tenant_id=event.tenant_id, payload=event.payload
    )


@asynccontextmanager
async def unit_of_work(ports: Ports) -> AsyncIterator[Unit]:
    """All or nothing. Await only the database inside: on SQLite everybody else waits for this block."""
    unit = Unit(ports)
    async with in_transaction():
        yield unit
        await unit._flush()
    await unit._wake()
