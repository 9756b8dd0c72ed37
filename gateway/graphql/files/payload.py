"""A file as an event brought it, and whether it is one of those watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.models.file import File, FileKind, FilePlace, FileState, Visibility

_ENUMS = {"kind": FileKind, "place": FilePlace, "state": FileState, "visibility": Visibility}


def file_of_payload(payload: Mapping[str, Any]) -> File:
    """A FileChanged payload as a row again (not to be saved)."""
    values = dict(payload)
    for name in ("id", "tenant_id", "parent_id", "root_id", "creator_id"):
        values[name] = UUID(values[name]) if values[name] is not None else None
    for name in ("created_at", "modified_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] is not None else None
    for name, kind in _ENUMS.items():
        values[name] = kind(values[name])
    file = File(**values)
    file._saved_in_db = True
    return file


@dataclass(frozen=True, slots=True)
class Watched:
    """Which files of a tenant. parent_id None: wherever they lie."""

    place: FilePlace
    parent_id: UUID | None
    kinds: frozenset[FileKind] | None

    def wants(self, file: File) -> bool:
        """The same answer that the database gives."""
        return (
            file.place is self.place
            and (self.parent_id is None or file.parent_id == self.parent_id)
            and (self.kinds is None or file.kind in self.kinds)
        )
