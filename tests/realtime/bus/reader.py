"""The connection of a member, as a test sees it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from domain.access import Actor
from realtime.bus.members import Member
from realtime.connection import Connection
from realtime.frames import Frame, SharedFrame

PATIENCE_S = 10.0


class Reader:
    """room: messages it takes before it is full. got: what it took."""

    def __init__(self, room: int = 10**6) -> None:
        self.got: list[str] = []
        self.room = room
        self._waiting: deque[Callable[[], None]] = deque()
        self._came = asyncio.Event()

    def offer(self, frame: SharedFrame) -> bool:
        if self.room <= 0:
            return False
        self.post(frame)
        return True

    def post(self, frame: Frame | SharedFrame) -> None:
        self.room -= 1
        self.got.append(str(frame.payload if isinstance(frame, SharedFrame) else frame))
        self._came.set()

    async def send(self, frame: SharedFrame) -> None:
        await asyncio.sleep(0)
        self.post(frame)

    def when_writable(self, callback: Callable[[], None]) -> None:
        self._waiting.append(callback)

    def read(self, room: int) -> None:
        """It reads, and takes so many more."""
        self.room = room
        while self._waiting:
            self._waiting.popleft()()

    async def pushed(self, count: int) -> list[dict[str, Any]]:
        """The first pushes, when there are so many."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.got) < count:
                self._came.clear()
                await self._came.wait()
        return [json.loads(text) for text in self.got]

    def as_member(self, name: str = "1") -> Member:
        return Member(cast("Connection", self), name, Actor.anonymous("test"))
