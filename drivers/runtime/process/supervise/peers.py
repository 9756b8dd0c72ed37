"""The control socket: who is connected, what they ask, what they are sent."""

from __future__ import annotations

import contextlib
import json
import os
import socket

from .frames import MESSAGE, Unpacker, pack_message
from .reactor import READ, WRITE, Reactor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Request = Callable[["Peer", dict[str, Any]], None]

SOCKET_NAME = "control.sock"
OUTBOX_BYTES = 1024 * 1024
"""What may wait for a peer that reads too slowly, before it is closed."""


class Peer:
    """One connection. Who closes it first does not matter: on_close runs once."""

    def __init__(self, reactor: Reactor, connection: socket.socket, on_request: Request) -> None:
        self.on_frame: Callable[[int, bytes], None] = self._first_frame
        self.on_close: Callable[[], None] | None = None
        self.on_drained: Callable[[], None] | None = None
        self._reactor = reactor
        self._connection = connection
        self._on_request = on_request
        self._unpacker = Unpacker()
        self._outbox = bytearray()
        self._reading = True
        self._open = True
        connection.setblocking(False)
        self._watch()

    @property
    def is_closed(self) -> bool:
        return not self._open

    @property
    def outbox_bytes(self) -> int:
        return len(self._outbox)

    def send(self, frame: bytes) -> None:
        """Queue a frame; a peer with too much waiting is closed, never thinned out."""
        if not self._open:
            return
        self._outbox += frame
        self._flush()
        if len(self._outbox) > OUTBOX_BYTES:
            self.close()

    def send_message(self, **message: Any) -> None:
        self.send(pack_message(message))

    def hold_reading(self, hold: bool) -> None:
        """Read no more frames until told to go on: the other end waits."""
        self._reading = not hold
        if self._open:
            self._watch()

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._outbox.clear()
        self._reactor.forget(self._connection.fileno())
        self._connection.close()
        if self.on_close is not None:
            self.on_close()

    def _watch(self) -> None:
        events = (READ if self._reading else 0) | (WRITE if self._outbox else 0)
        if events:
            self._reactor.watch(self._connection.fileno(), events, self._ready)
        else:
            self._reactor.forget(self._connection.fileno())

    def _ready(self, events: int) -> None:
        if events & WRITE:
            self._flush()
        if events & READ and self._open:
            self._read()

    def _flush(self) -> None:
        try:
            while self._outbox:
                del self._outbox[: self._connection.send(self._outbox)]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self._watch()
        if not self._outbox and self.on_drained is not None:
            self.on_drained()

    def _read(self) -> None:
        try:
            data = self._connection.recv(64 * 1024)
            frames = self._unpacker.feed(data)
        except BlockingIOError:
            return
        except (OSError, ValueError):
            self.close()
            return
        for kind, payload in frames:
            if self._open:
                self.on_frame(kind, payload)
        if not data:
            self.close()

    def _first_frame(self, kind: int, payload: bytes) -> None:
        request = read_message(payload) if kind == MESSAGE else None
        if request is None:
            self.close()
        else:
            self._on_request(self, request)


def read_message(payload: bytes) -> dict[str, Any] | None:
    """None when it is not a JSON object."""
    try:
        message = json.loads(payload)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


class ControlSocket:
    """Listens in the run folder, which only our own user may enter."""

    def __init__(self, reactor: Reactor, run_folder: str, on_request: Request) -> None:
        self.peers: list[Peer] = []
        self._reactor = reactor
        self._on_request = on_request
        self._path = os.path.join(run_folder, SOCKET_NAME)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.setblocking(False)
        os.chdir(run_folder)  # a relative name keeps below the 108 bytes a socket path may have
        if os.path.lexists(SOCKET_NAME):
            os.unlink(SOCKET_NAME)
        self._listener.bind(SOCKET_NAME)
        self._listener.listen(64)
        reactor.watch(self._listener.fileno(), READ, self._accept)

    def is_reachable(self) -> bool:
        """Whether the socket still stands where drivers look for it."""
        return os.path.exists(self._path)

    def stop_listening(self) -> None:
        self._reactor.forget(self._listener.fileno())
        self._listener.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(SOCKET_NAME)

    def _accept(self, _: int) -> None:
        try:
            connection, _address = self._listener.accept()
        except OSError:
            return
        peer = Peer(self._reactor, connection, self._on_request)
        self.peers.append(peer)
        self.peers = [each for each in self.peers if not each.is_closed]
