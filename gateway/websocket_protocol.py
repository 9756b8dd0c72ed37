"""uvicorn's sans-I/O WebSocket, with a wire beneath ASGI for those who know it (realtime/wire.py).

A prepared frame is written straight to the transport and a message read is handed straight on: no queue, no task and
no dictionary in between. Whoever does not ask for the wire is served as uvicorn does.
"""

from __future__ import annotations

import asyncio
import secrets
from asyncio.transports import BaseTransport, Transport
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import OPEN

from realtime.frames import Frame, SharedFrame, wire_of
from realtime.wire import EXTENSION

CLOSE_S = 2.0
"""How long a peer may take to answer our close, and to read what stands before it."""


class _Events:
    """uvicorn's queue towards the application, for one reader; a listener may take its place. (An asyncio.Queue would
    cost every socket 3 KB.)"""

    __slots__ = ("_arrived", "_items", "listener")

    def __init__(self) -> None:
        self.listener: Callable[[Any], None] | None = None
        self._items: list[Any] = []
        self._arrived: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        if self.listener is not None:
            self.listener(item)
            return
        self._items.append(item)
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def get_nowait(self) -> Any:
        return self._items.pop(0)

    async def get(self) -> Any:
        while not self._items:
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        return self.get_nowait()

    def empty(self) -> bool:
        return not self._items


class WireProtocol(WebSocketsSansIOProtocol):
    """The protocol class for uvicorn.Config(ws=...); its own wire at the same time."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.queue = self._events = cast(Any, _Events())
        self.close_timeout = CLOSE_S
        self.is_ready = False
        self._is_plain = True
        self._on_message: Callable[[Frame], None] | None = None
        self._on_sign_of_life: Callable[[], None] | None = None
        self._on_end: Callable[[], None] | None = None
        self._on_ready: Callable[[], None] | None = None

    # What the server calls.

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self._stream = cast(Transport, transport)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            cast(dict[str, Any], self.scope["extensions"])[EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        """What came before a faulty frame still counts."""
        self.conn.receive_data(data)
        self.handle_events()
        if self.conn.parser_exc is not None and not self.close_sent and not self.disconnected:
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        is_text = self.curr_msg_data_type == "text"
        try:
            message: Frame = data.decode() if is_text else bytes(data)
        except UnicodeDecodeError:
            self._refuse_text()
            return
        if self._on_message is not None:
            self._on_message(message)
        else:
            self._keep(message)

    def handle_close(self, event: Any) -> None:
        self.is_ready = False
        super().handle_close(event)

    def handle_parser_exception(self) -> None:
        self.is_ready = False
        super().handle_parser_exception()

    def shutdown(self) -> None:
        self.is_ready = False
        super().shutdown()

    def handle_ping(self) -> None:
        super().handle_ping()
        self._note_life()

    def handle_pong(self, event: Any) -> None:
        self._note_life()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.is_ready = False

    def resume_writing(self) -> None:
        super().resume_writing()
        self.is_ready = self._is_open
        if self._on_ready is not None:
            self._on_ready()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._settle()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.accept" and self.handshake_complete:
            # Nobody asks for these any more, and they are a tenth of what a silent socket costs.
            del self.request, self.response
            self._is_plain = not self.conn.extensions
            self.is_ready = self._is_open and self.writable.is_set()
        elif message["type"] == "websocket.close" and self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(self.close_timeout, self._give_up)
            self.is_ready = False

    # What the connection layer calls (realtime/wire.py).

    @property
    def buffered_bytes(self) -> int:
        return self._stream.get_write_buffer_size()

    def write(self, frame: Frame | SharedFrame) -> None:
        if not self.is_ready and not self._is_open:
            return
        if self._is_plain:
            self._stream.write(frame.wire if type(frame) is SharedFrame else wire_of(frame))
        else:
            self._write_compressed([frame])

    def write_many(self, frames: list[SharedFrame]) -> None:
        if not self._is_open:
            return
        if self._is_plain:
            self._stream.write(b"".join([frame.wire for frame in frames]))
        else:
            self._write_compressed(frames)

    def ping(self) -> None:
        if self._is_open:
            self.conn.send_ping(secrets.token_bytes(4))
            self._stream.write(b"".join(self.conn.data_to_send()))

    def bound(self, message_bytes: int, frame_bytes: int) -> None:
        self.conn.max_message_size, self.conn.max_fragment_size = message_bytes, frame_bytes

    def listen(
        self, on_message: Callable[[Frame], None], on_sign_of_life: Callable[[], None], on_end: Callable[[], None]
    ) -> None:
        self._on_message, self._on_sign_of_life, self._on_end = on_message, on_sign_of_life, on_end
        self._events.listener = self._on_event
        while not self._events.empty():
            self._on_event(self._events.get_nowait())
        if self.read_paused:
            self.read_paused = False
            self.resume_reading()

    def when_ready(self, callback: Callable[[], None]) -> None:
        self._on_ready = callback

    def pause_reading(self) -> None:
        if not self._stream.is_closing():
            self._stream.pause_reading()

    def resume_reading(self) -> None:
        if not self._stream.is_closing():
            self._stream.resume_reading()

    def abort(self) -> None:
        self._stream.abort()

    # Inner workings.

    @property
    def _is_open(self) -> bool:
        return not self.close_sent and self.conn.state is OPEN and not self._stream.is_closing()

    def _write_compressed(self, frames: list[Any]) -> None:
        for frame in frames:
            payload = frame.payload if isinstance(frame, SharedFrame) else frame
            if isinstance(payload, str):
                self.conn.send_text(payload.encode())
            else:
                self.conn.send_binary(payload)
        self._stream.write(b"".join(self.conn.data_to_send()))

    def _on_event(self, event: Any) -> None:
        if event["type"] == "websocket.receive" and self._on_message is not None:
            text = event.get("text")
            self._on_message(event["bytes"] if text is None else text)
        elif event["type"] == "websocket.disconnect":
            self._settle()

    def _keep(self, message: Frame) -> None:
        """Nobody listens yet: one message waits in the queue, the others at the peer."""
        kind = "text" if isinstance(message, str) else "bytes"
        self._events.put_nowait({"type": "websocket.receive", kind: message})
        if not self.read_paused:
            self.read_paused = True
            self._stream.pause_reading()

    def _note_life(self) -> None:
        if self._on_sign_of_life is not None:
            self._on_sign_of_life()

    def _refuse_text(self) -> None:
        self.conn.fail(1007, "not UTF-8")
        self.handle_parser_exception()

    def _settle(self) -> None:
        """Nothing more will come: whoever waits is told, once, and nothing holds on to them."""
        self.is_ready = False
        on_end, self._on_end = self._on_end, None
        on_ready, self._on_ready = self._on_ready, None
        self._on_message = self._on_sign_of_life = None
        if on_ready is not None:
            on_ready()
        if on_end is not None:
            on_end()

    def _give_up(self) -> None:
        self.close_timer = None
        if self._stream.get_write_buffer_size():
            self._stream.abort()
        else:
            self._stream.close()
