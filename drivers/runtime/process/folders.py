"""Where everything of a node's instances lies.

<root>/<instance uuid>/  instance.json (the spec; where it stands, the instance exists)
                         data/ (/data inside)  run/ (record, launch, control socket)  log/  tmp/ (/tmp inside)
<root>/.snapshots/       commits, one tar each      <root>/.trash/  what is being removed
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

PARTS = ("data", "run", "log", "tmp")


@dataclass(frozen=True, slots=True)
class InstanceFolder:
    """The folder of one instance, there or not."""

    instance_id: UUID
    path: Path

    @property
    def spec(self) -> Path:
        return self.path / "instance.json"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def tmp(self) -> Path:
        return self.path / "tmp"

    @property
    def exists(self) -> bool:
        return self.spec.exists()

    def lay_out(self) -> None:
        """Make the parts that are missing, for our own user only; data kept from before stays."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in PARTS:
            (self.path / part).mkdir(mode=0o700, exist_ok=True)


class Folders:
    """All folders of one node."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.snapshots = self.root / ".snapshots"
        self._trash = self.root / ".trash"

    def lay_out(self) -> None:
        """Make the root; finish removals that a crash interrupted."""
        for folder in (self.root, self.snapshots, self._trash):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._trash.iterdir():
            remove_tree(left)

    def of(self, instance_id: UUID) -> InstanceFolder:
        return InstanceFolder(instance_id, self.root / str(instance_id))

    def all(self) -> list[InstanceFolder]:
        """Every instance there is. FileNotFoundError when the root is gone."""
        found = (self.of(UUID(name)) for name in os.listdir(self.root) if _is_uuid(name))
        return sorted((folder for folder in found if folder.exists), key=lambda folder: folder.path)

    def remove(self, path: Path) -> None:
        """Out of sight at once, then piece by piece; already gone is fine."""
        grave = self._trash / uuid.uuid4().hex
        try:
            path.rename(grave)
        except FileNotFoundError:
            return
        remove_tree(grave)


def remove_tree(path: Path) -> None:
    """Also what an instance made unreadable for itself. Links are removed, never followed; already gone is fine."""
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except PermissionError:
        with contextlib.suppress(FileNotFoundError):
            _unlock(path)
            shutil.rmtree(path)


def _unlock(path: Path) -> None:
    """Let us into every folder below; parents come before what they contain."""
    path.chmod(0o700)
    for parent, names, _ in os.walk(path):
        for name in names:
            folder = Path(parent, name)
            if not folder.is_symlink():
                folder.chmod(0o700)


def _is_uuid(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
