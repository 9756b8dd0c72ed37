"""An event stream over HTTP: the same care as for a socket, in one direction only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, suppress

from starlette.types import Message, Receive, Scope, Send

from domain.access import Actor
from realtime.close_codes import CloseCode
from realtime.outbox import PeerGoneError

SIGN_OF_LIFE = b":\n\n"
HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}


def event(name: str, data: bytes = b"") -> bytes:
    """One event; data without line breaks."""
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


def _body(chunk: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": chunk, "more_body": more}


class EventStream:
    """An ASGI response that writes what `events` yields until it ends, the client leaves, or somebody closes it.

    Its source waits while the client is slow. A stream that is closed from outside ends without its last event, so that
    clients know it was cut and come again.
    """

    def __init__(
        self,
        events: AsyncIterator[bytes],
        held: AsyncExitStack,
        *,
        heartbeat_s: float,
        stall_s: float = 20.0,
        headers: Mapping[str, str] = HEADERS,
    ) -> None:
        """held: closed when the stream ends, whatever ends it."""
        self.actor: Actor | None = None
        self.channel = "sse"
        self.close_code: int | None = None
        self._events = events
        self._held = held
        self._heartbeat_s = heartbeat_s
        self._stall_s = stall_s
        self._headers = headers
        self._interrupt = asyncio.timeout(None)
        self._entered = False
        self._writing_since: float | None = None
        self._expiry: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:
            watching = [asyncio.create_task(self._until_gone(receive)), asyncio.create_task(self._beat(send))]
            try:
                with suppress(TimeoutError, PeerGoneError):
                    async with self._interrupt:
                        self._entered = True
                        if self.close_code is None:
                            await self._write_all(send)
            finally:
                self._entered = False
                if self._expiry is not None:
                    self._expiry.cancel()
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)

    def close(self, code: int, reason: str = "") -> None:
        """Cut it; the first reason counts."""
        if self.close_code is None:
            self.close_code = code
            self._stop()

    def expire_in(self, seconds: float) -> None:
        """Cut it when the credential ends."""
        loop = asyncio.get_running_loop()
        self._expiry = loop.call_later(max(seconds, 0.0), self.close, CloseCode.UNAUTHENTICATED)

    def look_after(self, now: float) -> None:
        """Cut it when the client has read nothing for too long."""
        if self._writing_since is not None and now - self._writing_since > self._stall_s:
            self.close(CloseCode.TOO_SLOW)

    async def _write_all(self, send: Send) -> None:
        headers = [(name.encode(), value.encode()) for name, value in self._headers.items()]
        await self._write(send, {"type": "http.response.start", "status": 200, "headers": headers})
        await self._write(send, _body(SIGN_OF_LIFE))
        async for chunk in self._events:
            await self._write(send, _body(chunk))
        await self._write(send, _body(b"", more=False))

    async def _write(self, send: Send, message: Message) -> None:
        self._writing_since = asyncio.get_running_loop().time()
        try:
            await send(message)
        except OSError as exc:
            raise PeerGoneError from exc
        self._writing_since = None

    async def _beat(self, send: Send) -> None:
        """Proxies and clients give up on a silent stream."""
        while True:
            await asyncio.sleep(self._heartbeat_s)
            if self._writing_since is None and self._entered:
                await send(_body(SIGN_OF_LIFE))

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stop()

    def _stop(self) -> None:
        if self._entered:
            self._interrupt.reschedule(asyncio.get_running_loop().time())
