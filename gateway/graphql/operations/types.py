"""An operation as GraphQL shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.models.instance import Instance
from domain.models.operation import Operation, OperationState
from gateway.graphql.context import Info
from gateway.graphql.fields import related
from gateway.graphql.rows import described, of_rows

if TYPE_CHECKING:
    from gateway.graphql.instances.types import InstanceType

OperationStateEnum = described(
    OperationState,
    "OperationState",
    "How far an operation is.",
    {
        "QUEUED": "It waits for its turn, or for another try.",
        "RUNNING": "A worker carries it out.",
        "SUCCEEDED": "It is done.",
        "FAILED": "It ended without success; error says why.",
        "CANCELLED": "It ended because somebody asked it to.",
    },
)


@strawberry.type(description="Why an operation failed.")
class OperationError:
    code: str = strawberry.field(description="A stable code, the same as in errors.")
    message: str = strawberry.field(description="What happened, in plain words.")


async def _instance(root: strawberry.Parent[Operation], info: Info) -> Instance | None:
    return await info.context.loaders.instance.load(root.instance_id) if root.instance_id else None


def _error(root: strawberry.Parent[Operation]) -> OperationError | None:
    error = root.error
    return OperationError(code=error["code"], message=error["message"]) if error else None


@of_rows(
    Operation,
    {
        "id": "The operation's id.",
        "kind": "What it does, such as instances.build.",
        "state": "How far it is.",
        "progress": "Percent done, from 0 to 100; null when unknown.",
        "progress_text": "What it is doing right now.",
        "attempts": "How many times a worker has taken it up.",
        "cancel_requested": "Whether somebody asked it to end.",
        "revision": "Grows with every change: of two versions the one with the larger revision is the newer.",
        "tenant_id": "Tenant it works for; null: the platform.",
        "created_at": "When it was asked for.",
        "started_at": "When a worker first took it up.",
        "ended_at": "When it ended.",
    },
    name="Operation",
    description="Long work: it is answered at once and carried out by a worker. Watch it with the subscription.",
)
class OperationType:
    error: OperationError | None = related(_error, "Why it failed; null unless it did.")
    instance: Annotated[InstanceType, strawberry.lazy("gateway.graphql.instances.types")] | None = related(
        _instance, "The instance it works on, also when that was deleted since."
    )
