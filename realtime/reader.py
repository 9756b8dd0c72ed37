"""Reads one socket to its end: from the wire where the server has one, else by ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.websockets import WebSocket

from realtime.frames import Frame
from realtime.wire import Wire


class Reader:
    """Of one accepted socket."""

    def __init__(self, websocket: WebSocket, wire: Wire | None) -> None:
        self._websocket = websocket
        self._wire = wire
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._may_read: asyncio.Event | None = None

    async def run(self, on_message: Callable[[Frame], None], on_sign_of_life: Callable[[], None]) -> None:
        """Hand over every message until the peer leaves or stop() is called."""
        if self._over.done():
            return
        if self._wire is not None:
            self._wire.listen(on_message, on_sign_of_life, self.stop)
            await self._over
            return
        reading = asyncio.create_task(self._read(on_message))
        reading.add_done_callback(lambda _: self.stop())
        try:
            await self._over
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading

    def stop(self) -> None:
        """End run() as soon as possible."""
        if not self._over.done():
            self._over.set_result(None)

    def hold(self, paused: bool) -> None:
        """Read nothing more for now, so that the peer must wait; or go on."""
        if self._wire is not None:
            (self._wire.pause_reading if paused else self._wire.resume_reading)()
        elif paused:
            self._may_read = asyncio.Event()
        elif self._may_read is not None:
            self._may_read.set()

    async def _read(self, on_message: Callable[[Frame], None]) -> None:
        while True:
            if self._may_read is not None:
                await self._may_read.wait()
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text, data = message.get("text"), message.get("bytes")
            frame: Frame = text if text is not None else data if data is not None else ""
            on_message(frame)
