"""What every socket stands on: always a reader, a bounded outbox, a deadline, and who is at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from domain.access import Actor
from realtime.close_codes import CloseCode, fitting_reason
from realtime.outbox import Frame, Outbox, OutboxLimits, PeerGoneError


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """message_bytes: the longest message taken. stall_s: a peer that reads nothing for so long is dropped.
    ping_after_s: silence after which the channel asks for a sign of life; silent_s: after which the peer is given up.
    close_s: for how long a close may wait for what is still to be sent."""

    message_bytes: int = 1 << 20
    stall_s: float = 20.0
    ping_after_s: float = 25.0
    silent_s: float = 70.0
    close_s: float = 2.0
    outbox: OutboxLimits = field(default_factory=OutboxLimits)


class Connection:
    """One accepted WebSocket. ping: sends the channel's own sign-of-life question, None when it has none.

    actor: who it is, once known. Sockets closes it when the credential ends or its rights change.
    """

    def __init__(self, websocket: WebSocket, limits: ConnectionLimits, ping: Callable[[], None] | None = None) -> None:
        self.actor: Actor | None = None
        self.close_code: int | None = None
        self._websocket = websocket
        self._limits = limits
        self._ping = ping
        self._outbox = Outbox(self._write, limits.outbox)
        self._interrupt = asyncio.timeout(None)
        self._reading = False
        self._ended = False
        self._closing: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._heard_at = asyncio.get_running_loop().time()
        self._pinged = False

    async def run(self, receive: Callable[[Frame], None]) -> None:
        """Read until either side ends it; every message goes to `receive`, which must not wait for the peer."""
        try:
            with suppress(TimeoutError):
                async with self._interrupt:
                    self._reading = not self._ended
                    if self._reading:
                        await self._read(receive)
        finally:
            self._reading = False
            if self._expiry is not None:
                self._expiry.cancel()
            if self._closing is not None:
                self._closing.cancel()
                await asyncio.gather(self._closing, return_exceptions=True)
            await self._outbox.stop()

    async def send(self, frame: Frame) -> None:
        """Send in order; waits while the peer is slow. After the end: silently nothing."""
        await self._outbox.send(frame)

    def post(self, frame: Frame) -> None:
        """Send without waiting; a peer that lets the outbox overflow by this is dropped."""
        if not self._outbox.post(frame):
            self.close(CloseCode.TOO_SLOW, "Too many replies wait to be read.")

    def close(self, code: int, reason: str = "") -> None:
        """Send what waits, then the close; the first close counts. Returns at once."""
        if self.close_code is None:
            self.close_code = code
            self._closing = asyncio.create_task(self._close(code, fitting_reason(reason)))

    def expire_in(self, seconds: float) -> None:
        """Close as unauthenticated when the credential ends."""
        loop = asyncio.get_running_loop()
        self._expiry = loop.call_later(
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

    async def _read(self, receive: Callable[[Frame], None]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            self._heard_at, self._pinged = loop.time(), False
            frame: Frame = message.get("text") or message.get("bytes") or ""
            if len(frame) > self._limits.message_bytes:
                self.close(CloseCode.TOO_BIG, f"A message may have {self._limits.message_bytes} bytes.")
            elif self.close_code is None:
                receive(frame)

    async def _write(self, frame: Frame) -> None:
        kind = "text" if isinstance(frame, str) else "bytes"
        await self._sent({"type": "websocket.send", kind: frame})

    async def _close(self, code: int, reason: str) -> None:
        with suppress(TimeoutError, PeerGoneError):
            async with asyncio.timeout(self._limits.close_s):
                await self._outbox.drained()
                await self._sent({"type": "websocket.close", "code": code, "reason": reason})
        self._stop_reading()

    async def _sent(self, message: dict[str, object]) -> None:
        try:
            await self._websocket.send(message)
        except (WebSocketDisconnect, WebSocketDisconnected) as exc:
            raise PeerGoneError from exc

    def _abort(self, code: int) -> None:
        """The peer reads nothing, so it cannot be told either."""
        if self.close_code is None:
            self.close_code = code
        self._stop_reading()

    def _stop_reading(self) -> None:
        self._ended = True
        if self._reading:
            self._interrupt.reschedule(asyncio.get_running_loop().time())
