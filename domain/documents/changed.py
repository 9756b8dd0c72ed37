"""Commit what a verb did to a document as one more update: in the log, on the file, and live in every open editor."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.access import Actor
from domain.documents.append import append_now
from domain.documents.content import Content
from domain.documents.live import tell_update
from domain.errors import TooLarge
from domain.events import Event, file_changed
from domain.files.activity import note_changed
from domain.models.file import File
from domain.ports import Ports
from domain.unit import unit_of_work


def check_size(ports: Ports, content: Content, effect: bytes | None) -> None:
    """TooLarge: the change makes the document larger than a document may be."""
    limit = ports.limits.max_document_bytes
    if effect is not None and content.size_bytes > limit and len(content.full()) > limit:
        raise TooLarge(f"A document has at most {limit} bytes.", limit=limit)


async def commit_effect(ports: Ports, actor: Actor, file: File, effect: bytes, *events: Event) -> int:
    """Its number in the log. NotFound: the document is gone."""
    async with unit_of_work(ports) as unit:
        seq = await append_now(file.id, [effect])
        await note_changed(ports, actor, file)
        await file.refresh_from_db()
        unit.emit(file_changed(file))
        for event in events:
            unit.emit(event)
    await tell_update(ports, file.id, seq, effect)
    return seq


async def note_edited(ports: Ports, actors: Sequence[Actor], file_id: UUID) -> None:
    """Say on the file who has written in the document; for those who write often, now and then."""
    async with unit_of_work(ports) as unit:
        file = await File.get_or_none(id=file_id)
        if file is None:
            return
        for actor in actors:
            await note_changed(ports, actor, file)
        await file.refresh_from_db()
        unit.emit(file_changed(file))
