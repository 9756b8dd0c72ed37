"""What a server can offer beneath ASGI: write prepared frames now, and hear of messages without a queue between.

Found in scope["extensions"][EXTENSION]; gateway/websocket_protocol.py offers it. Without it everything goes by ASGI.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.types import Scope

from realtime.frames import Frame, SharedFrame

EXTENSION = "gatehouse.websocket.wire"


class Wire(Protocol):
    """One WebSocket's transport. Nothing here waits; every callback comes from the loop, in no particular context."""

    @property
    def is_ready(self) -> bool:
        """Whether more may be written: it is open, and its buffer is below the high-water mark."""

    @property
    def buffered_bytes(self) -> int:
        """How much was written and has not left for the kernel yet."""

    def write(self, frame: Frame | SharedFrame) -> None:
        """Write one message, also when not ready (it is buffered); nothing once the socket is closing."""

    def write_many(self, frames: list[SharedFrame]) -> None:
        """Write several messages at once, in order."""

    def ping(self) -> None:
        """Ask for a sign of life; the peer's pong is told as a sign of life."""

    def bound(self, message_bytes: int, frame_bytes: int) -> None:
        """From now on a longer message or frame closes with 1009, before it is all in memory."""

    def listen(
        self, on_message: Callable[[Frame], None], on_sign_of_life: Callable[[], None], on_end: Callable[[], None]
    ) -> None:
        """Hand messages over as they are read, those that wait first. on_end: once, when nothing more will come."""

    def when_ready(self, callback: Callable[[], None]) -> None:
        """Called every time it becomes ready again, and when it closes."""

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...

    def abort(self) -> None:
        """Cut the connection; what is buffered is dropped."""


def wire_under(scope: Scope) -> Wire | None:
    """The server's wire, if it offers one."""
    found: Wire | None = (scope.get("extensions") or {}).get(EXTENSION)
    return found
