"""Read instances. Deleted ones exist only for whoever asks for them in a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from domain.access import Actor, parse_id, require, visible
from domain.errors import NotFound
from domain.models.instance import Instance, InstancePort, InstanceState
from domain.paging import Order, Page, PageRequest, page_of
from domain.text import can_be_kept, check_kept, plain_text

SHORT_ID_LENGTH = 8


@dataclass(frozen=True, slots=True)
class InstanceFilter:
    """Empty fields do not narrow. name_contains: without regard to case."""

    states: tuple[InstanceState, ...] = ()
    node_id: UUID | str | None = None
    owner_id: UUID | str | None = None
    tenant_id: UUID | str | None = None
    image_id: UUID | str | None = None
    name_contains: str | None = None
    suspended: bool | None = None
    include_deleted: bool = False


async def get_instance(actor: Actor, instance_id: UUID | str, *, include_deleted: bool = False) -> Instance:
    """NotFound when it does not exist, was deleted, or is another tenant's."""
    require(actor, "instances:read")
    rows = visible(Instance.filter(id=parse_id(instance_id, "instance")), actor)
    return _present(await rows.first(), instance_id, include_deleted)


async def get_instance_by_short_id(actor: Actor, short_id: str) -> Instance:
    """The same by its eight hex digits."""
    require(actor, "instances:read")
    known = len(short_id) == SHORT_ID_LENGTH and can_be_kept(short_id)  # a longer text cannot even be asked for
    found = await visible(Instance.filter(short_id=short_id), actor).first() if known else None
    return _present(found, plain_text(short_id, 64), False)


async def list_instances(
    actor: Actor,
    filters: InstanceFilter = InstanceFilter(),
    order: Order = Order(),
    request: PageRequest = PageRequest(),
) -> Page[Instance]:
    """The actor's instances, oldest first unless asked otherwise."""
    require(actor, "instances:read")
    return await page_of(_filtered(actor, filters), order, request)


async def all_instances(actor: Actor, filters: InstanceFilter = InstanceFilter()) -> list[Instance]:
    """All that match, oldest first, for doors whose lists are not paged."""
    require(actor, "instances:read")
    return await _filtered(actor, filters).order_by("created_at", "id")


async def ports_of(instances: Iterable[Instance]) -> dict[UUID, list[InstancePort]]:
    """Published ports by instance, in the order in which they were given; one query for all."""
    ids = [instance.id for instance in instances]
    found: dict[UUID, list[InstancePort]] = {instance_id: [] for instance_id in ids}
    for row in await InstancePort.filter(instance_id__in=ids).order_by("instance_id", "ordinal"):
        found[row.instance_id].append(row)
    return found


def instance_of_payload(payload: Mapping[str, Any]) -> Instance:
    """An InstanceChanged payload as a row again (not to be saved): no env, command or annotations."""
    values = dict(payload)
    for name in ("id", "tenant_id", "owner_id", "node_id", "image_id"):
        values[name] = UUID(values[name]) if values[name] is not None else None
    for name in ("created_at", "updated_at", "started_at", "deleted_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] is not None else None
    values["state"] = InstanceState(values["state"])
    instance = Instance(**values)
    instance._saved_in_db = True
    return instance


def _filtered(actor: Actor, filters: InstanceFilter) -> QuerySet[Instance]:
    rows = visible(Instance.all(), actor)
    if not filters.include_deleted:
        rows = rows.exclude(state=InstanceState.DELETED)
    if filters.states:
        rows = rows.filter(state__in=list(filters.states))
    for column in ("node_id", "owner_id", "tenant_id", "image_id"):
        wanted = getattr(filters, column)
        if wanted is not None:
            rows = rows.filter(**{column: parse_id(wanted, column.removesuffix("_id"))})
    if filters.name_contains is not None:
        check_kept(filters.name_contains, "name_contains")
        rows = rows.filter(name__icontains=filters.name_contains)
    return rows if filters.suspended is None else rows.filter(suspended=filters.suspended)


def _present(found: Instance | None, named: object, include_deleted: bool) -> Instance:
    if found is None or (found.state is InstanceState.DELETED and not include_deleted):
        raise NotFound("There is no such instance.", id=str(named))
    return found
