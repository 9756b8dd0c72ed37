"""What every socket stands on: always a reader, a bounded outbox, a deadline, and who is at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from domain.access import Actor
from domain.limits import Rate
from realtime.close_codes import CloseCode, fitting_reason
from realtime.frames import Frame, SharedFrame
from realtime.hearing import Hearing
from realtime.outbox import Outbox, OutboxLimits, PeerGoneError
from realtime.reader import Reader
from realtime.wire import wire_under


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """message_bytes, frame_bytes: the longest taken. stall_s: a peer that reads nothing for so long is dropped.
    ping_after_s: silence after which the peer is asked for a sign of life; silent_s: after which it is given up.
    close_s: for how long a close may wait for what is still to be sent. rate: messages taken; faster ones wait."""

    message_bytes: int = 1 << 20
    frame_bytes: int = 1 << 20
    stall_s: float = 8.0
    ping_after_s: float = 25.0
    silent_s: float = 70.0
    close_s: float = 1.5
    outbox: OutboxLimits = field(default_factory=OutboxLimits)
    rate: Rate | None = None


class Connection:
    """One accepted WebSocket. ping: sends the channel's own sign-of-life question; None: the protocol's ping, where the
    server lets us (a server that does not has pings of its own).

    actor: who it is, once known. tenant_id: where it came in. channel: for the figures. Sockets closes it when the
    credential ends or its rights change.
    """

    def __init__(
        self,
        websocket: WebSocket,
        limits: ConnectionLimits,
        ping: Callable[[], None] | None = None,
        channel: str = "other",
    ) -> None:
        self.actor: Actor | None = None
        self.tenant_id: UUID | None = None
        self.close_code: int | None = None
        self.channel = channel
        self._websocket = websocket
        self._limits = limits
        self._wire = wire_under(websocket.scope)
        self._ping = ping or (self._wire.ping if self._wire is not None else None)
        self._outbox = Outbox(self._write, limits.outbox, self._wire)
        self._loop = asyncio.get_running_loop()
        self._reader = Reader(websocket, self._wire)
        self._closing: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._heard_at = self._loop.time()
        self._pinged = False
        self._when_ended: list[Callable[[], object]] = []
        if self._wire is not None:
            self._wire.bound(limits.message_bytes, limits.frame_bytes)

    async def run(self, receive: Callable[[Frame], None]) -> None:
        """Read until either side ends it; every message goes to `receive`, which must not wait for the peer. What it
        raises is logged and closes with 1011."""
        hearing = Hearing(receive, self._limits.rate, self._reader.hold, self._fail)
        try:
            await self._reader.run(partial(self._hear, hearing), self._note_life)
        finally:
            hearing.stop()
            await self._end()

    async def send(self, frame: Frame | SharedFrame) -> None:
        """Send in order; waits while the peer is slow. After the end: silently nothing."""
        await self._outbox.send(frame)

    def post(self, frame: Frame | SharedFrame) -> None:
        """Send without waiting; a peer that lets the outbox overflow by this is closed with 1013, after what it still
        gets in order: it never sees a gap."""
        if not self._outbox.post(frame):
            self.close(CloseCode.TOO_SLOW, "Too many replies wait to be read.")

    def offer(self, frame: Frame | SharedFrame) -> bool:
        """Send without waiting; False, and nothing sent, while the outbox is full."""
        return self._outbox.post(frame)

    def post_latest(self, key: str, frame: Frame | SharedFrame) -> None:
        """Send without waiting, in the place of what still waits under the key; overflows like post."""
        if not self._outbox.post_latest(key, frame):
            self.close(CloseCode.TOO_SLOW, "Too many replies wait to be read.")

    def when_writable(self, callback: Callable[[], None]) -> None:
        """Call it once, soon, as soon as at most half of the outbox waits; never after the end."""
        self._outbox.when_writable(callback)

    def close(self, code: int, reason: str = "") -> None:
        """Send what waits, then the close; the first close counts. Returns at once; nothing is sent after it."""
        if self.close_code is None:
            self.close_code = code
            self._outbox.seal()
            self._closing = self._loop.create_task(self._close(code, fitting_reason(reason)))

    def when_ended(self, callback: Callable[[], object]) -> None:
        """Call it once, when run() has ended or will never begin."""
        self._when_ended.append(callback)

    def release(self) -> None:
        """Whatever waits for the end of run() waits no longer; also when it never came to run()."""
        self._outbox.seal()
        if self._expiry is not None:
            self._expiry.cancel()
        callbacks, self._when_ended = self._when_ended, []
        for callback in callbacks:
            callback()

    def expire_in(self, seconds: float) -> None:
        """Close as unauthenticated when the credential ends."""
        self._expiry = self._loop.call_later(
            max(seconds, 0.0), self.close, CloseCode.UNAUTHENTICATED, "The credential has expired."
        )

    def look_after(self, now: float) -> None:
        """Called about once a second: drop a peer that does not read or does not answer; ask a silent one."""
        silent_s = now - self._heard_at
        if self._outbox.blocked_s(now) > self._limits.stall_s:
            self._abort(CloseCode.TOO_SLOW)
        elif self._ping is not None and silent_s > self._limits.silent_s:
            self.close(CloseCode.GOING_AWAY, "Silent for too long.")
        elif self._ping is not None and silent_s > self._limits.ping_after_s and not self._pinged:
            self._pinged = True
            self._ping()

    def _hear(self, hearing: Hearing, frame: Frame) -> None:
        self._note_life()
        if self.close_code is not None:
            return
        if _longer_than(frame, self._limits.message_bytes):
            self.close(CloseCode.TOO_BIG, f"A message may have {self._limits.message_bytes} bytes.")
        else:
            hearing.hear(frame, self._heard_at)

    def _note_life(self) -> None:
        self._heard_at, self._pinged = self._loop.time(), False

    def _fail(self) -> None:
        self.close(CloseCode.INTERNAL, "Internal error")

    async def _write(self, frame: Frame) -> None:
        kind = "text" if isinstance(frame, str) else "bytes"
        await self._sent({"type": "websocket.send", kind: frame})

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._outbox.drained()
                await self._sent({"type": "websocket.close", "code": code, "reason": reason})
        except TimeoutError:
            self._cut()
        except PeerGoneError:
            pass
        self._reader.stop()

    async def _sent(self, message: dict[str, object]) -> None:
        try:
            await self._websocket.send(message)
        except (WebSocketDisconnect, WebSocketDisconnected) as exc:
            raise PeerGoneError from exc

    def _abort(self, code: int) -> None:
        """The peer reads nothing, so it cannot be told either."""
        if self.close_code is None:
            self.close_code = code
        self._cut()
        self._reader.stop()

    def _cut(self) -> None:
        if self._wire is not None:
            self._wire.abort()

    async def _end(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            await asyncio.gather(self._closing, return_exceptions=True)
        await self._outbox.stop()
        self.release()


def _longer_than(frame: Frame, most: int) -> bool:
    """In bytes of UTF-8, which are at most four for a character."""
    if isinstance(frame, str) and most < 4 * len(frame):
        return len(frame) > most or len(frame.encode()) > most
    return len(frame) > most
