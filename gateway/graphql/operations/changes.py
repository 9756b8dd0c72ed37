"""Cancel operations, and watch them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from domain.access import parse_id
from domain.events import operation_topic
from domain.jobs.cancel import cancel_operation
from domain.jobs.feed import Match
from domain.jobs.queries import get_operation
from domain.models.operation import ENDED_STATES, Operation, OperationState
from gateway.graphql.context import Info
from gateway.graphql.fields import root, stream
from gateway.graphql.operations.queries import OperationId
from gateway.graphql.operations.types import OperationType
from gateway.graphql.sharing import Sharing
from gateway.graphql.states import Watch, states


@strawberry.type
class OperationMutations:
    @root(
        OperationType | None,
        "Ask an operation to end: at once while it waits, at its next safe point while it runs. Needs "
        "operations:write.",
    )
    async def cancel_operation(self, info: Info, id: OperationId) -> Operation:
        return await cancel_operation(info.context.ports, info.context.actor, id)


@strawberry.type
class OperationSubscriptions:
    @stream(
        OperationType,
        "The operation as it is, then after every change; the newest counts. Ends when it has ended.",
        shared=Sharing.ROLE,
    )
    async def operation(self, info: Info, id: OperationId) -> AsyncGenerator[Operation, None]:
        context = info.context
        topic = operation_topic(parse_id(id, "operation"))

        async def present() -> list[Operation]:
            return [await get_operation(context.actor, id)]

        watch = Watch(present, operation_of_payload, is_last=lambda one: one.state in ENDED_STATES)
        async with context.house.feed.subscribe(Match(topics=frozenset({topic})), latest_per_topic=True) as changes:
            async for operation in states(context.audience, changes, watch):
                yield operation


def operation_of_payload(payload: Mapping[str, Any]) -> Operation:
    """An OperationChanged payload as a row again (not to be saved)."""
    values = dict(payload)
    for name in ("id", "tenant_id", "instance_id"):
        values[name] = UUID(values[name]) if values[name] is not None else None
    for name in ("created_at", "started_at", "ended_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] is not None else None
    return Operation(**{**values, "state": OperationState(values["state"])})
