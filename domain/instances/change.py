"""What every verb on an existing instance begins and ends with: lock it, check its state, mark it, tell of it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from domain.access import Actor, require
from domain.errors import Conflict
from domain.events import instance_changed
from domain.instances.queries import get_instance
from domain.models.instance import Instance, InstanceState
from domain.models.operation import OPEN_STATES, Operation
from domain.text import plain_text
from domain.unit import Unit

SETTLED = frozenset(
    {
        InstanceState.RUNNING,
        InstanceState.STOPPED,
        InstanceState.PAUSED,
        InstanceState.FAILED,
        InstanceState.UNREACHABLE,
    }
)
"""States in which nothing is under way; all others belong to an operation."""


async def permitted(actor: Actor, instance_id: UUID | str, scope: str) -> Instance:
    """The instance, if the actor may do this to it. NotFound before Forbidden, so that foreign ids tell nothing."""
    instance = await get_instance(actor, instance_id)
    require(actor, scope, instance.tenant_id)
    return instance


async def locked(instance_id: UUID) -> Instance:
    """The row as it is now, held until the transaction ends."""
    return await Instance.filter(id=instance_id).select_for_update().get()


def refuse_unless(instance: Instance, allowed: Collection[InstanceState], doing: str) -> None:
    """Conflict unless the instance is in one of these states."""
    if instance.state not in allowed:
        raise Conflict(
            f"The instance cannot be {doing} while it is {instance.state.value}.", state=instance.state.value
        )


def refuse_suspended(instance: Instance, doing: str) -> None:
    if instance.suspended:
        raise Conflict(f"The instance is suspended and cannot be {doing}.", suspended=True)


async def save(unit: Unit, instance: Instance) -> None:
    """Write the row and tell of it."""
    instance.revision += 1
    await instance.save()
    unit.emit(instance_changed(instance))


async def mark(unit: Unit, instance: Instance, state: InstanceState, reason: str | None = None) -> None:
    """Set the state, write, tell."""
    instance.state = state
    instance.state_reason = plain_text(reason) if reason else None
    await save(unit, instance)


async def has_work(instance_id: UUID, *, besides: UUID | None = None) -> bool:
    """Whether an operation of its lane waits or runs."""
    rows = Operation.filter(lane=str(instance_id), state__in=list(OPEN_STATES))
    return await (rows.exclude(id=besides) if besides else rows).exists()
