"""Tell that the access to a file has changed: sockets on it and on its parts look again."""

from __future__ import annotations

from domain.events import file_access_changed
from domain.files.changing import LIVE_KINDS
from domain.models.file import File, Share
from domain.unit import Unit


async def tell_access(unit: Unit, file: File, share: Share | None = None) -> None:
    """For the file, and for each document or tree that is a part of it and inherits its access."""
    unit.emit(file_access_changed(file, share))
    wholes = [file.id]
    while wholes:
        parts = await File.filter(root_id__in=wholes)
        for part in parts:
            if part.kind in LIVE_KINDS:
                unit.emit(file_access_changed(part, share))
        wholes = [part.id for part in parts]
