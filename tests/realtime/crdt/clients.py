"""A Yjs client inside the test: what the room sends it is decoded and applied, as y-websocket does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from pycrdt import Doc, Text

from realtime.crdt.awareness_codec import Entry, decode_entries, encode_entries
from realtime.crdt.member import Offer
from realtime.crdt.protocol import Kind, decode
from realtime.crdt.room import Room
from realtime.crdt.rooms import DocumentRooms
from realtime.frames import SharedFrame

PATIENCE_S = 10.0


class Client:
    """text: as it sees it. heard: every message. closed: (code, reason) when the room sent it away."""

    def __init__(self, rooms: DocumentRooms, file_id: UUID, doc: Doc[Any] | None = None) -> None:
        self.doc: Doc[Any] = doc or Doc()
        self.heard: list[tuple[Kind, bytes]] = []
        self.present: dict[int, Entry] = {}
        self.closed: tuple[int, str] | None = None
        self.written = 0
        self._rooms = rooms
        self._moved = asyncio.Event()
        self.room: Room = rooms.enter(file_id, self)
        self.room.ask(self, self.doc.get_state())

    @property
    def text(self) -> str:
        return str(self.doc.get("text", type=Text))

    def type(self, words: str, index: int | None = None) -> bytes:
        """Insert here and offer it to the room."""
        before = self.doc.get_state()
        text = self.doc.get("text", type=Text)
        text.insert(len(text) if index is None else index, words)
        update = self.doc.get_update(before)
        self.offer(update)
        return update

    def offer(self, update: bytes) -> None:
        self.room.offer(Offer(self, update, False))

    def say(self, *entries: Entry, id_tag: str | None = None) -> None:
        self.room.company.hear(self, encode_entries(entries), id_tag)

    def leave(self) -> None:
        self._rooms.leave(self.room, self)

    # What the room does.

    def post(self, frame: bytes | SharedFrame) -> None:
        data = frame.payload if isinstance(frame, SharedFrame) else frame
        assert isinstance(data, bytes)
        message = decode(data)
        assert message is not None
        self.heard.append(message)
        kind, payload = message
        if kind is Kind.STEP1:
            self.room.offer(Offer(self, self.doc.get_update(payload), True))
        elif kind is Kind.AWARENESS:
            for entry in decode_entries(payload):
                self.present[entry.client_id] = entry
        else:
            self.doc.apply_update(payload)
        self._moved.set()

    def post_latest(self, key: str, frame: SharedFrame) -> None:
        self.post(frame)

    def close(self, code: int, reason: str) -> None:
        if self.closed is None:
            self.closed = (code, reason)
        self._rooms.leave(self.room, self)
        self._moved.set()

    def note_written(self) -> None:
        self.written += 1

    async def until(self, check: Callable[[], bool]) -> None:
        """Wait for what comes from the room."""
        async with asyncio.timeout(PATIENCE_S):
            while not check():
                self._moved.clear()
                await self._moved.wait()

    async def synced(self) -> None:
        await self.until(lambda: any(kind is Kind.STEP2 for kind, _ in self.heard))

    async def sees(self, text: str) -> None:
        await self.until(lambda: self.text == text)

    def updates(self) -> list[bytes]:
        return [payload for kind, payload in self.heard if kind is Kind.UPDATE]


@asynccontextmanager
async def running(rooms: DocumentRooms) -> AsyncIterator[DocumentRooms]:
    """Its tasks run until the block ends, then it is closed in good order."""
    task = asyncio.create_task(rooms.run())
    await asyncio.sleep(0)
    try:
        yield rooms
    finally:
        await rooms.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
