"""Finding and removing the container of an instance, and waiting for what the engine says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from domain.errors import Conflict, NotFound, Unavailable
from domain.ports.runtime import Observed
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.errors import NO_SUCH_INSTANCE
from drivers.runtime.docker.images import remove_if_dangling
from drivers.runtime.docker.names import (
    INSTANCE,
    OWNER,
    container_name,
    filler_name,
    instance_of,
    labels_of,
)
from drivers.runtime.docker.observe import observed

SETTLE_TIMEOUT_S = 10.0
_POLL_S = 0.02


class Containers:
    """The containers of one owner on one engine."""

    def __init__(self, engine: Engine, owner: str) -> None:
        self._engine = engine
        self._owner = owner

    async def find(self, instance_id: UUID) -> dict[str, Any] | None:
        """The inspected container; None where there is none, or it is another owner's."""
        name = container_name(instance_id)
        try:
            container = await self._engine.read(lambda sdk: sdk.inspect_container(name))
        except NotFound:
            return None
        return self._if_ours(instance_id, container)

    def _if_ours(self, instance_id: UUID, container: Mapping[str, Any]) -> dict[str, Any] | None:
        ours = instance_of(labels_of(container), self._owner) == instance_id
        return dict(container) if ours else None

    async def find_rival(self, instance_id: UUID) -> dict[str, Any] | None:
        """What another call of ours makes at this moment (its name is taken before it can be seen)."""
        name = container_name(instance_id)
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_TIMEOUT_S):
                while True:
                    with suppress(NotFound):
                        container = await self._engine.read(lambda sdk: sdk.inspect_container(name))
                        return self._if_ours(instance_id, container)
                    await asyncio.sleep(_POLL_S)
        return None

    async def get(self, instance_id: UUID) -> dict[str, Any]:
        """The inspected container. Raises NotFound."""
        container = await self.find(instance_id)
        if container is None:
            raise NotFound(NO_SUCH_INSTANCE)
        return container

    async def list_all(self) -> list[Observed]:
        """All that carry our label; one that vanishes meanwhile is left out."""
        wanted = {"label": [f"{OWNER}={self._owner}", INSTANCE]}
        listed = await self._engine.read(lambda sdk: sdk.containers(all=True, filters=wanted))
        named = (instance_of(labels_of(container), self._owner) for container in listed)
        ids = [instance_id for instance_id in named if instance_id is not None]
        found = await asyncio.gather(*(self.find(instance_id) for instance_id in ids))
        return [observed(i, container) for i, container in zip(ids, found, strict=True) if container is not None]

    async def settle(self, instance_id: UUID, wanted: Callable[[dict[str, Any]], bool]) -> Observed:
        """Read until the engine's report has caught up with what it just did (it lags for a moment)."""
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT_S):
                while True:
                    container = await self.get(instance_id)
                    if wanted(container):
                        return observed(instance_id, container)
                    await asyncio.sleep(_POLL_S)
        except TimeoutError as late:
            raise Unavailable("The Docker Engine did not carry that out in time.") from late

    async def remove(self, instance_id: UUID) -> None:
        """Remove the container, running or not, and a discarded commit that only it was made of; not its volumes."""
        await self.remove_by_name(filler_name(instance_id))
        container = await self.find(instance_id)
        if container is not None:
            await self.remove_by_name(container["Id"])
            await remove_if_dangling(self._engine, container["Image"], self._owner)

    async def remove_by_name(self, name: str) -> None:
        """Remove a container by its name or id; gone already is fine."""
        try:
            await self._engine.change(lambda sdk: sdk.remove_container(name, v=True, force=True), slow=True)
        except NotFound:
            return
        except Conflict:
            await self._wait_until_gone(name)

    async def _wait_until_gone(self, name: str) -> None:
        """Somebody else's removal is under way."""
        try:
            async with asyncio.timeout(SETTLE_TIMEOUT_S):
                while True:
                    await self._engine.read(lambda sdk: sdk.inspect_container(name))
                    await asyncio.sleep(_POLL_S)
        except NotFound:
            return
        except TimeoutError as late:
            raise Unavailable("The Docker Engine did not remove the instance in time.") from late
