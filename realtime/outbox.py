"""The outbox of one socket: what is to be sent, bounded in messages and bytes, written in order.

There is no task that pumps. With a wire beneath (realtime/wire.py) a message is written at once while the transport is
ready, and what had to wait is written when it is ready again. Without one, whoever sends while nobody writes becomes
the writer for all that waits. Senders wait when the outbox is full; those who must not wait are told.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from realtime.frames import Frame, SharedFrame, shared
from realtime.wire import Wire

BATCH_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class OutboxLimits:
    """What may wait for a slow peer before senders have to wait."""

    messages: int = 256
    size_bytes: int = 1 << 20


class PeerGoneError(Exception):
    """Raised by `write` when there is nobody left to write to."""


class _Waiting:
    """A message's place in the queue. key: of a latest-wins message, which may still be replaced."""

    __slots__ = ("frame", "key")

    def __init__(self, frame: SharedFrame, key: str | None) -> None:
        self.frame = frame
        self.key = key


class Outbox:
    """write: puts one message on the wire; may wait for the peer to read; raises PeerGoneError when it left.

    wire: writes without waiting; then `write` is not used.
    """

    def __init__(
        self, write: Callable[[Frame], Awaitable[None]], limits: OutboxLimits, wire: Wire | None = None
    ) -> None:
        self._write = write
        self._wire = wire
        self._limits = limits
        self._queue: deque[_Waiting] = deque()
        self._by_key: dict[str, _Waiting] = {}
        self._size = 0
        self._stuck_since: float | None = None
        self._stuck_bytes = 0
        self._rescue: asyncio.Task[None] | None = None
        self._moved: asyncio.Event | None = None  # most sockets never wait
        self._when_writable: list[tuple[Callable[[], None], contextvars.Context]] = []
        self._sealed = False
        self._over = False
        if wire is not None:
            wire.when_ready(self._pump)

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def is_full(self) -> bool:
        return len(self._queue) >= self._limits.messages or self._size >= self._limits.size_bytes

    @property
    def is_writable(self) -> bool:
        """At most half of what may wait waits."""
        return 2 * len(self._queue) <= self._limits.messages and 2 * self._size <= self._limits.size_bytes

    def blocked_s(self, now: float) -> float:
        """For how long the peer has taken nothing of what waits for it."""
        if self._wire is not None:
            self._watch(self._wire, now)
        return 0.0 if self._stuck_since is None else now - self._stuck_since

    async def send(self, frame: Frame | SharedFrame) -> None:
        """Send after all that was sent before. Waits while full. After the end: silently nothing."""
        while self.is_full and not self._over:
            await self._move()
        if self._sealed:
            return
        if self._wire is not None:
            self._put_on(self._wire, frame, None)
        elif self._put(frame, None) and self._stuck_since is None:
            await self._write_all()

    def post(self, frame: Frame | SharedFrame) -> bool:
        """The same without ever waiting; False (nothing is queued) when the outbox is full."""
        wire = self._wire
        if wire is not None and wire.is_ready and not self._queue and not self._sealed:
            wire.write(frame)  # the one path that is hot: a broadcast goes through here once per socket
            return True
        return self._offer(frame, None)

    def post_latest(self, key: str, frame: Frame | SharedFrame) -> bool:
        """Take the place of what still waits under the key, if anything does; else like post."""
        waiting = self._by_key.get(key)
        if waiting is None:
            return self._offer(frame, key)
        newest = shared(frame)
        self._size += newest.size_bytes - waiting.frame.size_bytes
        waiting.frame = newest
        return True

    def when_writable(self, callback: Callable[[], None]) -> None:
        """Call it once, from the loop and in the caller's context, when is_writable; never after the end."""
        self._when_writable.append((callback, contextvars.copy_context()))
        self._tell()

    def seal(self) -> None:
        """Take nothing more; what waits is still written."""
        self._sealed = True

    async def drained(self) -> None:
        """Wait until everything is written, or the peer is gone."""
        while self._queue and not self._over:
            await self._move()

    async def stop(self) -> None:
        """Drop what is left; whoever waits goes on."""
        self._end()
        if self._rescue is not None:
            self._rescue.cancel()
            await asyncio.gather(self._rescue, return_exceptions=True)

    def _offer(self, frame: Frame | SharedFrame, key: str | None) -> bool:
        if self._sealed:
            return True
        if self._queue and self.is_full:
            return False
        if self._wire is not None:
            self._put_on(self._wire, frame, key)
        elif self._put(frame, key) and self._stuck_since is None:
            self._write_in_background()
        return True

    def _put_on(self, wire: Wire, frame: Frame | SharedFrame, key: str | None) -> None:
        if not self._queue and wire.is_ready:
            wire.write(frame)
        else:
            self._put(frame, key)

    def _put(self, frame: Frame | SharedFrame, key: str | None) -> bool:
        if self._over:
            return False
        waiting = _Waiting(shared(frame), key)
        self._queue.append(waiting)
        self._size += waiting.frame.size_bytes
        if key is not None:
            self._by_key[key] = waiting
        return True

    def _take(self) -> SharedFrame:
        waiting = self._queue.popleft()
        self._size -= waiting.frame.size_bytes
        if waiting.key is not None:
            del self._by_key[waiting.key]
        return waiting.frame

    def _pump(self) -> None:
        """The wire is ready again."""
        wire = self._wire
        if wire is None or self._over:
            return
        while self._queue and wire.is_ready:
            batch, size = [self._take()], 0
            while self._queue and size < BATCH_BYTES:
                batch.append(self._take())
                size += batch[-1].size_bytes
            wire.write_many(batch)
        self._note_move()
        self._tell()

    def _watch(self, wire: Wire, now: float) -> None:
        """While nothing is added, bytes that leave the buffer are a sign that the peer reads."""
        if wire.is_ready:
            self._stuck_since = None
            return
        buffered = wire.buffered_bytes
        if self._stuck_since is None or buffered < self._stuck_bytes:
            self._stuck_since = now
        self._stuck_bytes = buffered

    async def _write_all(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while self._queue:
                self._stuck_since = clock()
                head = self._queue[0]
                self._by_key.pop(head.key or "", None)
                await self._write(head.frame.payload)
                if self._queue:
                    self._queue.popleft()
                    self._size -= head.frame.size_bytes
                self._note_move()
                self._tell()
        except PeerGoneError:
            self._end()
        finally:
            self._stuck_since = None
            if self._queue:
                # The writer was cancelled (its operation ended); what others sent must still leave.
                self._write_in_background()

    async def _move(self) -> None:
        """Wait until something left the queue, or the end."""
        if self._moved is None:
            self._moved = asyncio.Event()
        self._moved.clear()
        await self._moved.wait()

    def _note_move(self) -> None:
        if self._moved is not None:
            self._moved.set()

    def _write_in_background(self) -> None:
        loop = asyncio.get_running_loop()
        self._stuck_since = loop.time()
        self._rescue = loop.create_task(self._write_all())

    def _tell(self) -> None:
        if self._when_writable and not self._over and self.is_writable:
            waiting, self._when_writable = self._when_writable, []
            loop = asyncio.get_running_loop()
            for callback, context in waiting:
                loop.call_soon(callback, context=context)

    def _end(self) -> None:
        self._over = self._sealed = True
        self._queue.clear()
        self._by_key.clear()
        self._when_writable.clear()
        self._size = 0
        self._note_move()
