"""Commit and restore: the container's own files by the engine's commit, its volumes as data images."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from domain.errors import Conflict, DomainError, NotFound
from domain.ports.runtime import CommittedImage, Observed, RuntimeSpec, RuntimeState
from drivers.runtime.docker.building import Building
from drivers.runtime.docker.containers import Containers
from drivers.runtime.docker.data_images import DataImages, data_images_of, snapshot_labels
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.images import inspect_image, remove_image
from drivers.runtime.docker.names import SNAPSHOT, container_name, labels_of, split_reference
from drivers.runtime.docker.observe import state_of
from drivers.runtime.docker.volumes import FROZEN, Volumes


class Snapshots:
    """The commits on one engine."""

    def __init__(
        self,
        engine: Engine,
        containers: Containers,
        volumes: Volumes,
        data: DataImages,
        building: Building,
    ) -> None:
        self._engine = engine
        self._containers = containers
        self._volumes = volumes
        self._data = data
        self._building = building

    async def commit(self, instance_id: UUID, ref: str) -> CommittedImage:
        """Freeze files and volumes at one moment: a running instance is paused meanwhile."""
        container = await self._containers.get(instance_id)
        await self.discard(ref)
        must_wake = await self._is_to_wake(instance_id, container)
        try:
            if state_of(container) is RuntimeState.RUNNING:
                await self._engine.change(lambda sdk: sdk.pause(container_name(instance_id)))
            return await self._take(instance_id, ref)
        except (DomainError, asyncio.CancelledError):
            await self.discard(ref)
            raise
        finally:
            if must_wake:
                await self._wake(instance_id)

    async def _is_to_wake(self, instance_id: UUID, container: dict[str, Any]) -> bool:
        """Whether it runs, or a commit that broke off left it paused; marked so that a crash does not leave it so."""
        if state_of(container) is RuntimeState.RUNNING:
            await self._volumes.mark(instance_id, FROZEN)
            return True
        return bool((await self._volumes.held(instance_id)).marked(FROZEN))

    async def _wake(self, instance_id: UUID) -> None:
        try:
            await self._engine.change(lambda sdk: sdk.unpause(container_name(instance_id)))
        except (Conflict, NotFound):
            pass  # stopped or removed by somebody else meanwhile
        else:
            await self._containers.settle(instance_id, lambda c: state_of(c) is not RuntimeState.PAUSED)
        await self._volumes.remove((await self._volumes.held(instance_id)).marked(FROZEN))

    async def _take(self, instance_id: UUID, ref: str) -> CommittedImage:
        held = await self._volumes.held(instance_id)
        paths = [volume.path for volume in held.mounted(await self._containers.get(instance_id))]
        repository, tag = split_reference(ref)
        await self._engine.change(
            lambda sdk: sdk.commit(
                container_name(instance_id), repository, tag, pause=False, changes=[snapshot_labels(ref, paths)]
            ),
            slow=True,
        )
        size_bytes = int((await inspect_image(self._engine, ref))["Size"])
        for path in paths:
            size_bytes += await self._data.take(instance_id, path, ref)
        return CommittedImage(ref, size_bytes)

    async def restore(self, spec: RuntimeSpec, ref: str) -> Observed:
        """Replace container and volumes by the commit's. Conflict: ref is not a commit."""
        await self._described(ref)
        return await self._building.restore(spec, ref)

    async def discard(self, ref: str) -> None:
        """Remove a commit's images. Conflict: the name is another image's."""
        try:
            described = await self._described(ref)
        except NotFound:
            return
        await self._data.remove(data_images_of(ref, described).values())
        await remove_image(self._engine, ref)

    async def _described(self, ref: str) -> dict[str, Any]:
        described = await inspect_image(self._engine, ref)
        if labels_of(described).get(SNAPSHOT) != ref:
            raise Conflict("That image is not a copy of an instance.", image=ref)
        return described
