"""Who has opened and changed documents, written down now and then instead of with every edit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from uuid import UUID

import structlog

from domain.access import Actor
from domain.documents.changed import note_edited
from domain.errors import DomainError
from domain.files.activity import note_opened
from domain.models.faults import DATABASE_FAULTS
from domain.models.file import File
from domain.ports import Ports

Who = tuple[UUID, UUID | None]
"""A file's row and a user."""
GATHER_S = 0.5
log = structlog.get_logger(__name__)


class Activity:
    """One per process. run() must be running; flush() writes what is left."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._opened: dict[Who, tuple[Actor, File]] = {}
        self._edited: dict[UUID, dict[UUID | None, Actor]] = {}
        self._work = asyncio.Event()

    def opened(self, actor: Actor, file: File) -> None:
        self._opened[file.id, actor.user_id] = (actor, file)
        self._work.set()

    def edited(self, actor: Actor, file_id: UUID) -> None:
        self._edited.setdefault(file_id, {})[actor.user_id] = actor
        self._work.set()

    async def run(self) -> None:
        """Write until cancelled; what comes within half a second goes together."""
        while True:
            await self._work.wait()
            await asyncio.sleep(GATHER_S)
            self._work.clear()
            await self.flush()

    async def flush(self) -> None:
        opened, self._opened = self._opened, {}
        edited, self._edited = self._edited, {}
        for actor, file in opened.values():
            await _written(note_opened(self._ports, actor, file))
        for file_id, actors in edited.items():
            await _written(note_edited(self._ports, list(actors.values()), file_id))


async def _written(noting: Awaitable[None]) -> None:
    """One that fails (the file may be gone) must not cost the others."""
    try:
        await noting
    except (DomainError, *DATABASE_FAULTS) as fault:
        log.warning("who opened or changed a document could not be written down", reason=type(fault).__name__)
