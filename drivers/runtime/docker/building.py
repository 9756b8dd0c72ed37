"""Making an instance: its volumes, filled where the image is a commit, then its container. And taking it away."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from domain.errors import Conflict, DomainError, Unavailable
from domain.ports.runtime import Observed, RuntimeSpec
from drivers.runtime.docker.blueprint import Mount, container_options
from drivers.runtime.docker.containers import Containers
from drivers.runtime.docker.data_images import DataImages, data_images_of
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.images import inspect_image
from drivers.runtime.docker.observe import is_broken, observed
from drivers.runtime.docker.volumes import FILLING, Mark, Volume, Volumes, volume_paths


@dataclass(frozen=True, slots=True)
class _Prepared:
    """mounts: all that the container gets. new: what to take away should it fail."""

    mounts: list[Mount]
    new: list[Volume | Mark]

    @property
    def marks(self) -> list[Mark]:
        return [thing for thing in self.new if isinstance(thing, Mark)]


class Building:
    """Create, restore and destroy on one engine."""

    def __init__(
        self,
        engine: Engine,
        containers: Containers,
        volumes: Volumes,
        data: DataImages,
        *,
        owner: str,
        bind_address: str,
    ) -> None:
        self._engine = engine
        self._containers = containers
        self._volumes = volumes
        self._data = data
        self._owner = owner
        self._bind_address = bind_address
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()

    async def create(self, spec: RuntimeSpec) -> Observed:
        """Make what is missing of an instance from spec.image, or return the container that is there."""
        async with self._locks.setdefault(spec.instance_id, asyncio.Lock()):
            return await self._create(spec)

    async def _create(self, spec: RuntimeSpec) -> Observed:
        existing = await self._containers.find(spec.instance_id)
        if existing is not None and not is_broken(existing):
            return observed(spec.instance_id, existing)
        if existing is not None:
            await self._containers.remove_by_name(existing["Id"])
        held = await self._volumes.held(spec.instance_id)
        await self._volumes.remove([*held.half_made, *held.marks])
        kept = {volume.path: volume for volume in held.whole}
        prepared = await self._prepare(spec.instance_id, spec.image, kept, reuse=True)
        await self._make_container(spec, spec.image, prepared)
        await self._volumes.remove(prepared.marks)
        return observed(spec.instance_id, await self._containers.get(spec.instance_id))

    async def restore(self, spec: RuntimeSpec, ref: str) -> Observed:
        """Fill new volumes, and only then exchange the container: until that moment a failure changes nothing."""
        held = await self._volumes.held(spec.instance_id)
        in_use = held.mounted(await self._containers.find(spec.instance_id))
        stale = [volume for volume in held.half_made if volume not in in_use]
        await self._volumes.remove([*stale, *held.marks])
        prepared = await self._prepare(spec.instance_id, ref, {}, reuse=False)
        await self._containers.remove(spec.instance_id)
        try:
            await self._make_container(spec, ref, prepared)
        except DomainError as fault:
            raise Unavailable(
                f"The restore ended half way: {fault.message} The instance's data and the copy are"
                " untouched; restore it again.",
                cause=fault.code,
            ) from fault
        await self._volumes.remove(prepared.marks)
        await self._volumes.remove([volume for volume in held.volumes if volume not in stale])
        return observed(spec.instance_id, await self._containers.get(spec.instance_id))

    async def destroy(self, instance_id: UUID, keep_data: bool) -> None:
        """Remove the container and, unless kept, its data; what a broken-off restore left goes in any case."""
        container = await self._containers.find(instance_id)
        held = await self._volumes.held(instance_id)
        in_use = held.mounted(container) if container is not None else held.whole
        kept = in_use if keep_data else []
        await self._containers.remove(instance_id)
        await self._volumes.remove([volume for volume in held.volumes if volume not in kept])
        await self._volumes.remove(held.marks)

    async def _prepare(self, instance_id: UUID, image: str, kept: Mapping[str, Volume], *, reuse: bool) -> _Prepared:
        """Have a volume for every path: kept, or new (not reuse: new beside the old). Leaves nothing if it fails."""
        described = await inspect_image(self._engine, image)
        data_images = data_images_of(image, described)
        generation = secrets.token_hex(4) if data_images or not reuse else ""
        new: list[Volume | Mark] = []
        mounts = [Mount(volume) for volume in kept.values()]
        try:
            if generation:
                new.append(await self._volumes.mark(instance_id, FILLING, generation))
            for path in volume_paths(described):
                if path not in kept:
                    volume = await self._volumes.make(instance_id, path, generation)
                    new.append(volume)
                    mounts.append(await self._fill(instance_id, volume, data_images))
        except DomainError:
            await self._undo(instance_id, new)
            raise
        return _Prepared(mounts, new)

    async def _fill(self, instance_id: UUID, volume: Volume, data_images: Mapping[str, str]) -> Mount:
        if volume.path not in data_images:
            return Mount(volume)
        await self._data.copy_into(instance_id, volume, data_images[volume.path])
        return Mount(volume, filled=True)

    async def _make_container(self, spec: RuntimeSpec, image: str, prepared: _Prepared) -> None:
        def make(sdk: Any) -> None:
            options = container_options(
                sdk,
                spec,
                image=image,
                owner=self._owner,
                bind_address=self._bind_address,
                mounts=prepared.mounts,
            )
            sdk.create_container(**options)

        try:
            await self._engine.change(make, slow=True)
        except DomainError as fault:
            other = await self._containers.find_rival(spec.instance_id) if isinstance(fault, Conflict) else None
            await self._undo(spec.instance_id, prepared.new, other)
            if other is None:
                raise

    async def _undo(self, instance_id: UUID, new: list[Volume | Mark], other: Mapping[str, Any] | None = None) -> None:
        """Marks last, so that a crash meanwhile is still seen. other: a rival's container, whose volumes stay."""
        await self._data.remove_filler(instance_id)
        in_use = (await self._volumes.held(instance_id)).mounted(other)
        await self._volumes.remove(thing for thing in reversed(new) if thing not in in_use)
