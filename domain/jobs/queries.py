"""Read operations."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.access import Actor, parse_id, require, visible
from domain.errors import NotFound
from domain.models.operation import Operation, OperationState
from domain.paging import Order, Page, PageRequest, page_of
from domain.text import check_kept


@dataclass(frozen=True, slots=True)
class OperationFilter:
    """Empty fields do not narrow."""

    instance_id: UUID | str | None = None
    states: tuple[OperationState, ...] = ()
    kind: str | None = None


async def get_operation(actor: Actor, operation_id: UUID | str) -> Operation:
    """NotFound when it does not exist or is another tenant's."""
    require(actor, "operations:read")
    found = await visible(Operation.filter(id=parse_id(operation_id, "operation")), actor).first()
    if found is None:
        raise NotFound("There is no such operation.", id=str(operation_id))
    return found


async def list_operations(
    actor: Actor,
    filters: OperationFilter = OperationFilter(),
    order: Order = Order(descending=True),
    request: PageRequest = PageRequest(),
) -> Page[Operation]:
    """The actor's operations, newest first unless asked otherwise."""
    require(actor, "operations:read")
    rows = visible(Operation.all(), actor)
    if filters.instance_id is not None:
        rows = rows.filter(instance_id=parse_id(filters.instance_id, "instance"))
    if filters.states:
        rows = rows.filter(state__in=list(filters.states))
    if filters.kind is not None:
        check_kept(filters.kind, "kind")
        rows = rows.filter(kind=filters.kind)
    return await page_of(rows, order, request)
