"""An instance's data: a named volume at /data and one for every other folder its image declares as a volume.

Naming the declared ones too keeps what a database image stores outside /data when the container is rebuilt.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.errors import Conflict, NotFound
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.names import (
    DATA_PATH,
    GENERATION,
    INSTANCE,
    MARK,
    OWNER,
    VOLUME_PATH,
    labels_of,
    mark_name,
    volume_name,
)

FILLING = "filling"
"""Mark of a generation that is being filled from a commit; found after a crash, it is half-made."""
FROZEN = "frozen"
"""Mark: we paused the instance for a commit; found after a crash, it is ours to wake."""


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume of an instance."""

    name: str
    path: str
    generation: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An unfinished step."""

    name: str
    kind: str
    generation: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that the engine holds for an instance beside its container, the oldest first."""

    volumes: tuple[Volume, ...]
    marks: tuple[Mark, ...]

    @property
    def half_made(self) -> list[Volume]:
        """Volumes whose filling has not ended."""
        filling = {mark.generation for mark in self.marks if mark.kind == FILLING}
        return [volume for volume in self.volumes if volume.generation in filling]

    @property
    def whole(self) -> list[Volume]:
        """The others."""
        half_made = self.half_made
        return [volume for volume in self.volumes if volume not in half_made]

    def mounted(self, container: Mapping[str, Any] | None) -> list[Volume]:
        """Those that the inspected container uses."""
        mounts = container["Mounts"] if container is not None else ()
        names = {mount.get("Name") for mount in mounts}
        return [volume for volume in self.volumes if volume.name in names]

    def marked(self, kind: str) -> list[Mark]:
        """The marks of one kind."""
        return [mark for mark in self.marks if mark.kind == kind]


class Volumes:
    """The volumes of one owner's instances on one engine; marks are empty volumes."""

    def __init__(self, engine: Engine, owner: str) -> None:
        self._engine = engine
        self._owner = owner

    async def held(self, instance_id: UUID) -> Holdings:
        """What there is for an instance, mounted or not."""
        wanted = {"label": [f"{OWNER}={self._owner}", f"{INSTANCE}={instance_id}"]}
        listed = await self._engine.read(lambda sdk: sdk.volumes(filters=wanted))
        volumes = sorted(listed["Volumes"] or (), key=lambda volume: str(volume.get("CreatedAt")))
        all_labels = [(volume["Name"], labels_of(volume)) for volume in volumes]
        return Holdings(
            tuple(Volume(n, has[VOLUME_PATH], has[GENERATION]) for n, has in all_labels if VOLUME_PATH in has),
            tuple(Mark(n, has[MARK], has[GENERATION]) for n, has in all_labels if MARK in has),
        )

    async def make(self, instance_id: UUID, path: str, generation: str) -> Volume:
        """An empty volume, or the one that is there."""
        volume = Volume(volume_name(instance_id, path, generation), path, generation)
        await self._make(volume.name, volume_labels(self._owner, instance_id, volume))
        return volume

    async def mark(self, instance_id: UUID, kind: str, generation: str = "") -> Mark:
        """Remember across a crash that a step has begun."""
        mark = Mark(mark_name(instance_id, kind, generation), kind, generation)
        labels = {OWNER: self._owner, INSTANCE: str(instance_id), MARK: kind, GENERATION: generation}
        await self._make(mark.name, labels)
        return mark

    async def remove(self, things: Iterable[Volume | Mark]) -> None:
        """Remove volumes, or marks of steps that have ended; gone already is fine."""
        for thing in things:
            await self._remove(thing.name)

    async def _make(self, name: str, labels: dict[str, str]) -> None:
        made = await self._engine.change(lambda sdk: sdk.create_volume(name, labels=labels))
        if labels_of(made).get(OWNER) != self._owner:
            raise Conflict("The engine already has another volume for this instance.")

    async def _remove(self, name: str) -> None:
        try:
            await self._engine.change(lambda sdk: sdk.remove_volume(name, force=True), slow=True)
        except NotFound:
            return


def volume_labels(owner: str, instance_id: UUID, volume: Volume) -> dict[str, str]:
    """What marks a volume as an instance's."""
    return {
        OWNER: owner,
        INSTANCE: str(instance_id),
        VOLUME_PATH: volume.path,
        GENERATION: volume.generation,
    }


def volume_paths(image: Mapping[str, Any]) -> list[str]:
    """Where an instance of this inspected image gets volumes: /data, then what the image declares."""
    declared = (image.get("Config") or {}).get("Volumes") or {}
    others = {posixpath.normpath(path) for path in declared if path.startswith("/")}
    return [DATA_PATH, *sorted(others - {DATA_PATH, "/"})]
