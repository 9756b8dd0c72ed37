"""What working on a realtime database leaves on its file: when it was changed, and by whom."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from domain.access import Actor
from domain.events import file_changed
from domain.files.activity import note_changed
from domain.models.file import File
from domain.ports import Ports
from domain.unit import Unit


async def note_writers(ports: Ports, unit: Unit, file_id: UUID, writers: Collection[Actor]) -> None:
    """Note on the file that these people changed it; nobody: nothing. Those who write often are noted now and then."""
    file = await File.get_or_none(id=file_id) if writers else None
    if file is None:
        return
    for writer in writers:
        await note_changed(ports, writer, file)
    await file.refresh_from_db()
    unit.emit(file_changed(file))
