"""When somebody last opened or changed a file. Written often and read in lists only, so that it tells nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import F

from domain.access import Actor
from domain.models.file import File, FileActivity
from domain.ports import Ports


async def note_opened(ports: Ports, actor: Actor, file: File) -> None:
    """The actor has opened the file, now."""
    now = ports.clock.now()
    await File.filter(id=file.id).update(accessed_at=now)
    await _note(actor, file.id, accessed_at=now)


async def note_changed(ports: Ports, actor: Actor, file: File) -> None:
    """The actor has changed what is in the file, now."""
    now = ports.clock.now()
    await File.filter(id=file.id).update(modified_at=now, revision=F("revision") + 1)
    await _note(actor, file.id, modified_at=now)


async def _note(actor: Actor, file_id: UUID, **when: datetime) -> None:
    if actor.user_id is not None:
        await write_activity(file_id, actor.user_id, when)


async def write_activity(file_id: UUID, user_id: UUID, columns: dict[str, Any]) -> None:
    """One statement, whether there is a row yet or not."""
    row = FileActivity(file_id=file_id, user_id=user_id, **columns)
    await FileActivity.bulk_create([row], on_conflict=["file_id", "user_id"], update_fields=list(columns))
