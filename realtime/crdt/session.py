"""One client of a document: its frames to the room, the room's frames to it."""

from __future__ import annotations

import asyncio

from domain.documents.content import EMPTY_UPDATE
from domain.models.file import AccessLevel
from realtime.crdt.member import Offer
from realtime.crdt.protocol import Kind, decode
from realtime.crdt.rooms import DocumentRooms
from realtime.file_entrance import FileEntrance
from realtime.frames import Frame

WRITTEN_EVERY_S = 60.0
"""A client that goes on writing is written down as often."""


class Session:
    """id_tag: how the others know who it is; None for a guest."""

    def __init__(self, entrance: FileEntrance, documents: DocumentRooms, id_tag: str | None) -> None:
        """Enters the room. Unavailable: this replica stops."""
        self.post = entrance.connection.post
        self.post_latest = entrance.connection.post_latest
        self._entrance = entrance
        self._documents = documents
        self._id_tag = id_tag
        self._could_write = entrance.may_write
        self._written_at: float | None = None
        self._room = documents.enter(entrance.file.id, self)
        documents.activity.opened(entrance.actor, entrance.file)
        entrance.on_level = self._follow_level

    def receive(self, frame: Frame) -> None:
        """Texts and what cannot be read are ignored, and so is what somebody writes who may only read."""
        message = decode(frame) if isinstance(frame, bytes) else None
        if message is None:
            return
        kind, payload = message
        if kind is Kind.UPDATE or kind is Kind.STEP2:
            if payload != EMPTY_UPDATE and self._entrance.may_write:
                self._room.offer(Offer(self, payload, kind is Kind.STEP2))
        elif kind is Kind.STEP1:
            self._room.ask(self, payload)
        elif kind is Kind.AWARENESS:
            self._room.company.hear(self, payload, self._id_tag)
        else:
            self._room.company.show(self)

    def _follow_level(self, level: AccessLevel) -> None:
        """Rights have changed. Who may write from now on may have written before, into the void: ask for it."""
        may_write = level >= AccessLevel.WRITE
        if may_write and not self._could_write:
            self._room.greet(self)
        self._could_write = may_write

    def close(self, code: int, reason: str) -> None:
        self._entrance.connection.close(code, reason)

    def leave(self) -> None:
        """The client is gone."""
        self._documents.leave(self._room, self)

    def note_written(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._written_at is None or now - self._written_at >= WRITTEN_EVERY_S:
            self._written_at = now
            self._documents.activity.edited(self._entrance.actor, self._entrance.file.id)
