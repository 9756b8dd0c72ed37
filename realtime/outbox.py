"""The outbox of one socket: what is to be sent, bounded in messages and bytes, written in order.

There is no task that pumps: whoever sends while nobody writes becomes the writer for all that waits, so a message
costs no hop while the peer reads. Senders wait when the outbox is full.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

Frame: TypeAlias = str | bytes


@dataclass(frozen=True, slots=True)
class OutboxLimits:
    """What may wait for a slow peer before senders have to wait."""

    messages: int = 256
    size_bytes: int = 1 << 20


class PeerGoneError(Exception):
    """Raised by `write` when there is nobody left to write to."""


class Outbox:
    """write: puts one frame on the wire; may wait for the peer to read; raises PeerGoneError when it left."""

    def __init__(self, write: Callable[[Frame], Awaitable[None]], limits: OutboxLimits) -> None:
        self._write = write
        self._limits = limits
        self._frames: deque[Frame] = deque()
        self._size = 0
        self._writing_since: float | None = None
        self._rescue: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()
        self._over = False

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def is_full(self) -> bool:
        return len(self._frames) >= self._limits.messages or self._size >= self._limits.size_bytes

    def blocked_s(self, now: float) -> float:
        """For how long the frame at the head has been waiting for the peer."""
        return 0.0 if self._writing_since is None else now - self._writing_since

    async def send(self, frame: Frame) -> None:
        """Send after all that was sent before. Waits while full. After the end: silently nothing."""
        while self.is_full and not self._over:
            self._moved.clear()
            await self._moved.wait()
        if self._put(frame) and self._writing_since is None:
            await self._write_all()

    def post(self, frame: Frame) -> bool:
        """The same without ever waiting, for those who must go on reading; False when the outbox is full."""
        if self.is_full:
            return False
        if self._put(frame) and self._writing_since is None:
            self._write_in_background()
        return True

    async def drained(self) -> None:
        """Wait until everything is written, or the peer is gone."""
        while self._frames and not self._over:
            self._moved.clear()
            await self._moved.wait()

    async def stop(self) -> None:
        """Drop what is left; whoever waits goes on."""
        self._end()
        if self._rescue is not None:
            self._rescue.cancel()
            await asyncio.gather(self._rescue, return_exceptions=True)

    def _put(self, frame: Frame) -> bool:
        if self._over:
            return False
        self._frames.append(frame)
        self._size += len(frame)
        return True

    async def _write_all(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while self._frames:
                self._writing_since = clock()
                await self._write(self._frames[0])
                if self._frames:
                    self._size -= len(self._frames.popleft())
                self._moved.set()
        except PeerGoneError:
            self._end()
        finally:
            self._writing_since = None
            if self._frames:
                # The writer was cancelled (its operation ended); what others sent must still leave.
                self._write_in_background()

    def _write_in_background(self) -> None:
        self._writing_since = asyncio.get_running_loop().time()
        self._rescue = asyncio.create_task(self._write_all())

    def _end(self) -> None:
        self._over = True
        self._frames.clear()
        self._size = 0
        self._moved.set()
