"""Commits: the data folder of an instance as one tar under a name of ours."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path
from urllib.parse import quote

from domain.errors import InvalidInput, NotFound
from domain.ports.runtime import CommittedImage
from drivers.runtime.process.folders import Folders, InstanceFolder
from drivers.runtime.process.pack import pack
from drivers.runtime.process.unpack import unpack

MAX_NAME_BYTES = 200


class Snapshots:
    """The commits of one node. All calls block."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def has(self, ref: str) -> bool:
        return bool(ref) and len(quote(ref, safe="")) <= MAX_NAME_BYTES and self._path(ref).exists()

    def take(self, folder: InstanceFolder, ref: str) -> CommittedImage:
        """Freeze the data folder; what stood under that name is replaced. InvalidInput: no name."""
        path = self._path(ref)
        draft = path.with_name(f".{uuid.uuid4().hex}.making")
        try:
            with draft.open("xb") as file:
                for piece in pack(folder.data, [], "data"):
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        finally:
            draft.unlink(missing_ok=True)
        return CommittedImage(ref, path.stat().st_size)

    def put_back(self, folder: InstanceFolder, ref: str) -> None:
        """Replace the data folder by the commit's. NotFound; on any failure the present data stays."""
        path = self._path(ref)
        building = folder.path / f".restoring-{uuid.uuid4().hex}"
        try:
            with path.open("rb") as archive:
                building.mkdir(mode=0o700, parents=True)
                unpack(archive, building, [], trust_links=True)
        except FileNotFoundError as error:
            raise NotFound("There is no such snapshot on this node.") from error
        else:
            with contextlib.suppress(FileNotFoundError):
                folder.data.rename(building / "before")
            (building / "data").rename(folder.data)
        finally:
            self._folders.remove(building)

    def discard(self, ref: str) -> None:
        """Already gone is fine."""
        self._path(ref).unlink(missing_ok=True)

    def _path(self, ref: str) -> Path:
        name = quote(ref, safe="")
        if not name or len(name) > MAX_NAME_BYTES:
            raise InvalidInput("A snapshot needs a name of reasonable length.", field="ref")
        return self._folders.snapshots / f"{name}.tar"
