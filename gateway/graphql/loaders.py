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
from domain.files.access import levels_on
from domain.images.queries import visible_images
from domain.models.file import AccessLevel, File, FileActivity, FileTag, FileVariant, Share
from domain.models.image import Image
from domain.models.instance import Instance, InstancePort
from domain.models.node import Node
from domain.models.operation import Operation
from domain.models.sql import fetch
from domain.models.tenant import Tenant
from domain.models.user import User
from domain.ports import Ports

K = TypeVar("K")
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

    def __init__(self, ports: Ports, actor: Actor) -> None:
        self._ports = ports
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

    @cached_property
    def file(self) -> DataLoader[UUID, File | None]:
        """Files that the actor may read."""
        return _by_id(self._files)

    @cached_property
    def level(self) -> DataLoader[File, AccessLevel | None]:
        """The actor's level on a file, by its row."""
        return _by_id(self._levels)

    @cached_property
    def tags(self) -> DataLoader[UUID, list[str] | None]:
        """A file's tags, in order. The file must be the actor's to see; so below."""
        return _by_id(_tags)

    @cached_property
    def variants(self) -> DataLoader[UUID, list[FileVariant] | None]:
        """What a file comes in, the smallest first."""
        return _by_id(_variants)

    @cached_property
    def marks(self) -> DataLoader[UUID, FileActivity | None]:
        """What the actor did to a file, and how they marked it."""
        return _by_id(self._marks)

    @cached_property
    def shares(self) -> DataLoader[File, list[Share] | None]:
        """Whom a file was given to, by its row, oldest first; None where that is not the actor's to see."""
        return _by_id(self._shares)

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

    async def _files(self, ids: list[UUID]) -> Mapping[UUID, File]:
        rows = await File.filter(id__in=ids)
        levels = await levels_on(self._ports, self._actor, rows)
        return {row.id: row for row in rows if levels[row.id] > AccessLevel.NONE}

    async def _levels(self, files: list[File]) -> Mapping[File, AccessLevel]:
        levels = await levels_on(self._ports, self._actor, files)
        return {file: levels[file.id] for file in files}

    async def _marks(self, ids: list[UUID]) -> Mapping[UUID, FileActivity]:
        if self._actor.user_id is None:
            return {}
        rows = FileActivity.filter(user_id=self._actor.user_id, file_id__in=ids)
        return {row.file_id: row for row in await rows}

    async def _shares(self, files: list[File]) -> Mapping[File, list[Share]]:
        if self._actor.file_scope is not None:
            return {}
        levels = await levels_on(self._ports, self._actor, files)
        found: dict[UUID, list[Share]] = {one.id: [] for one in files if levels[one.id] >= AccessLevel.WRITE}
        for row in await Share.filter(file_id__in=list(found)).order_by("id"):
            found[row.file_id].append(row)
        return {file: found[file.id] for file in files if file.id in found}


async def _tags(ids: list[UUID]) -> Mapping[UUID, list[str]]:
    found: dict[UUID, list[str]] = {one: [] for one in ids}
    for row in await FileTag.filter(file_id__in=ids).order_by("tag"):
        found[row.file_id].append(row.tag)
    return found


async def _variants(ids: list[UUID]) -> Mapping[UUID, list[FileVariant]]:
    found: dict[UUID, list[FileVariant]] = {one: [] for one in ids}
    for row in await FileVariant.filter(file_id__in=ids).order_by("size_bytes", "id"):
        found[row.file_id].append(row)
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
    load: Callable[[list[K]], Coroutine[Any, Any, Mapping[K, T]]],
) -> DataLoader[K, T | None]:
    async def in_order(ids: list[K]) -> list[T | None]:
        found = await load(ids)
        return [found.get(one) for one in ids]

    return DataLoader(load_fn=in_order)
