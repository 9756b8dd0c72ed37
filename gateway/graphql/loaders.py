"""What is looked up beside the rows themselves, in one query per kind for a whole operation.

Made anew for every operation, and for every event of a subscription: nothing is remembered longer than it is true.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader

from domain.access import Actor, require, visible
from domain.images.queries import visible_images
from domain.models.image import Image
from domain.models.instance import Instance, InstancePort
from domain.models.node import Node
from domain.models.operation import Operation
from domain.models.sql import fetch
from domain.models.tenant import Tenant
from domain.models.user import User

T = TypeVar("T")

LATEST_OPERATIONS = 20
"""How many operations an instance shows at most; the rest are found by the list of operations."""


LATEST = """
SELECT id FROM (
    SELECT id, ROW_NUMBER() OVER (PARTITION BY instance_id ORDER BY id DESC) AS place
    FROM operation WHERE instance_id IN ({ids})
) AS numbered WHERE place <= {count}
"""


class Loaders:
    """By id, as the actor may see them; None for what is not there or not theirs."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    @cached_property
    def node(self) -> DataLoader[UUID, Node | None]:
        return _by_id(self._nodes)

    @cached_property
    def image(self) -> DataLoader[UUID, Image | None]:
        return _by_id(self._images)

    @cached_property
    def tenant(self) -> DataLoader[UUID, Tenant | None]:
        return _by_id(self._tenants)

    @cached_property
    def person(self) -> DataLoader[UUID, User | None]:
        """Users, for their names only."""
        return _by_id(_people)

    @cached_property
    def instance(self) -> DataLoader[UUID, Instance | None]:
        """Deleted ones, too."""
        return _by_id(self._instances)

    @cached_property
    def ports(self) -> DataLoader[UUID, list[InstancePort] | None]:
        """Published ports by instance, in their order. The instance must be the actor's."""
        return _by_id(_ports)

    @cached_property
    def operations(self) -> DataLoader[UUID, list[Operation] | None]:
        """The latest operations of an instance, newest first."""
        return _by_id(self._operations)

    async def _nodes(self, ids: list[UUID]) -> Mapping[UUID, Node]:
        require(self._actor, "instances:read")
        return await _rows(Node.filter(id__in=ids))

    async def _images(self, ids: list[UUID]) -> Mapping[UUID, Image]:
        require(self._actor, "images:read")
        return await _rows(visible_images(self._actor).filter(id__in=ids))

    async def _tenants(self, ids: list[UUID]) -> Mapping[UUID, Tenant]:
        require(self._actor, "tenants:read")
        return await _rows(visible(Tenant.filter(id__in=ids), self._actor, "id"))

    async def _instances(self, ids: list[UUID]) -> Mapping[UUID, Instance]:
        require(self._actor, "instances:read")
        return await _rows(visible(Instance.filter(id__in=ids), self._actor))

    async def _operations(self, ids: list[UUID]) -> Mapping[UUID, list[Operation]]:
        require(self._actor, "operations:read")
        places = ", ".join(f"${number}" for number in range(1, len(ids) + 1))
        latest = [row["id"] for row in await fetch(LATEST.format(ids=places, count=LATEST_OPERATIONS), ids)]
        found: dict[UUID, list[Operation]] = {one: [] for one in ids}
        for row in await visible(Operation.filter(id__in=latest), self._actor).order_by("-id"):
            assert row.instance_id is not None
            found[row.instance_id].append(row)
        return found


async def _people(ids: list[UUID]) -> Mapping[UUID, User]:
    return await _rows(User.filter(id__in=ids))


async def _ports(ids: list[UUID]) -> Mapping[UUID, list[InstancePort]]:
    found: dict[UUID, list[InstancePort]] = {one: [] for one in ids}
    for row in await InstancePort.filter(instance_id__in=ids).order_by("instance_id", "ordinal"):
        found[row.instance_id].append(row)
    return found


async def _rows(rows: Any) -> dict[UUID, Any]:
    return {row.id: row for row in await rows}


def _by_id(
    load: Callable[[list[UUID]], Coroutine[Any, Any, Mapping[UUID, T]]],
) -> DataLoader[UUID, T | None]:
    async def in_order(ids: list[UUID]) -> list[T | None]:
        found = await load(ids)
        return [found.get(one) for one in ids]

    return DataLoader(load_fn=in_order)
