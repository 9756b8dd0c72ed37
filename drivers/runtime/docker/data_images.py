"""A commit's data: one image for each volume, holding just that folder.

The engine's own commit leaves volumes out, and a folder written into the committed image would be shadowed wherever
the base image declares it a volume, and would bring deleted files back. An image of the folder alone has neither fault,
and the engine copies it into a new volume by itself.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from domain.errors import NotFound
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.images import inspect_image, progress_messages, remove_image
from drivers.runtime.docker.names import (
    DATA_OF,
    OWNER,
    SNAPSHOT,
    SNAPSHOT_PATHS,
    VOLUME_PATH,
    container_name,
    data_reference,
    filler_name,
    labels_of,
    split_reference,
)
from drivers.runtime.docker.volumes import Volume


class DataImages:
    """The data images of one owner on one engine."""

    def __init__(self, engine: Engine, owner: str) -> None:
        self._engine = engine
        self._owner = owner

    async def take(self, instance_id: UUID, path: str, ref: str) -> int:
        """Make the data image of one volume of a paused or stopped instance. Returns its bytes."""
        image = data_reference(ref, path)
        repository, tag = split_reference(image)
        changes = [f'LABEL {OWNER}="{self._owner}" {DATA_OF}="{ref}" {VOLUME_PATH}="{path}"']
        query: dict[str, str | list[str]] = {"fromSrc": "-", "repo": repository, "tag": tag, "changes": changes}
        source = f"/containers/{container_name(instance_id)}/archive"
        async with (
            self._engine.exchange("GET", source, {"path": path}) as folder,
            self._engine.exchange("POST", "/images/create", query, body=folder) as imported,
        ):
            async for _ in progress_messages(imported):
                pass
        return int((await inspect_image(self._engine, image))["Size"])

    async def copy_into(self, instance_id: UUID, volume: Volume, data_image: str) -> None:
        """Let the engine copy a data image into an empty volume, as it does for a container that is made with it."""
        await self.remove_filler(instance_id)
        bind = f"{volume.name}:/{posixpath.basename(volume.path)}"
        try:
            await self._engine.change(
                lambda sdk: sdk.create_container(
                    data_image,
                    command=["none"],
                    name=filler_name(instance_id),
                    labels={OWNER: self._owner},
                    host_config=sdk.create_host_config(binds=[bind]),
                ),
                slow=True,
            )
        except NotFound as missing:
            raise NotFound("The copy is not whole: its data is not on this node.", path=volume.path) from missing
        await self.remove_filler(instance_id)

    async def remove_filler(self, instance_id: UUID) -> None:
        """Remove the container that copy_into() makes for a moment."""
        name = filler_name(instance_id)
        try:
            await self._engine.change(lambda sdk: sdk.remove_container(name, force=True), slow=True)
        except NotFound:
            return

    async def remove(self, images: Iterable[str]) -> None:
        """Remove data images; gone already is fine."""
        for image in images:
            await remove_image(self._engine, image)


def snapshot_labels(ref: str, paths: Iterable[str]) -> str:
    """The LABEL instruction that makes an image a commit."""
    return f'LABEL {SNAPSHOT}="{ref}" {SNAPSHOT_PATHS}="{":".join(paths)}"'


def data_images_of(ref: str, described: Mapping[str, Any]) -> dict[str, str]:
    """Path → data image of a commit; empty for an image that is none. described: the inspected ref."""
    labels = labels_of(described)
    if labels.get(SNAPSHOT) != ref:
        return {}
    return {path: data_reference(ref, path) for path in labels[SNAPSHOT_PATHS].split(":") if path}
