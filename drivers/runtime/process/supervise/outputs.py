"""What the main process prints: read as it comes, written to the log, shown to whoever is attached."""

from __future__ import annotations

import fcntl
import os
import struct
import termios

from .logfile import LineSplitter, LogFile
from .reactor import READ, WRITE, Reactor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK_BYTES = 64 * 1024
PENDING_INPUT_BYTES = 64 * 1024
"""Input a program has not read yet; above it, attached consoles are read no further."""


class Output:
    """One captured stream: stdout or stderr of a process, or a terminal."""

    def __init__(self, reactor: Reactor, log: LogFile, name: str, fd: int) -> None:
        self.fd = fd
        self.listeners: list[Callable[[bytes], None]] = []
        self._reactor = reactor
        self._log = log
        self._name = name
        self._lines = LineSplitter()
        self._open = True
        os.set_blocking(fd, False)
        reactor.watch(fd, READ, self._ready)

    def drain(self) -> None:
        """Read what is left after everyone who could write is gone, then close."""
        while self._open and self._read():
            pass
        self._log.write(self._name, self._lines.finish())
        if self._open:
            self._close()

    def _ready(self, events: int) -> None:
        if events & READ:
            self._read()

    def _read(self) -> bool:
        try:
            data = os.read(self.fd, CHUNK_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""  # a terminal nobody holds any more answers EIO
        if not data:
            self._close()
            return False
        self._log.write(self._name, self._lines.feed(data))
        for listener in list(self.listeners):
            listener(data)
        return True

    def _close(self) -> None:
        self._open = False
        self._reactor.forget(self.fd)
        os.close(self.fd)


class Terminal(Output):
    """The terminal of a sandboxed main process: an output that also takes input and has a size."""

    def __init__(self, reactor: Reactor, log: LogFile, fd: int) -> None:
        super().__init__(reactor, log, "console", fd)
        self._input = bytearray()
        self.on_room: list[Callable[[], None]] = []

    @property
    def is_full(self) -> bool:
        return len(self._input) > PENDING_INPUT_BYTES

    def write(self, data: bytes) -> None:
        """Hand input to the program, as fast as it takes it."""
        if self._open:
            self._input += data
            self._flush()

    def resize(self, columns: int, rows: int) -> None:
        """The kernel tells the program by SIGWINCH."""
        if self._open:
            fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def _ready(self, events: int) -> None:
        if events & WRITE:
            self._flush()
        super()._ready(events)

    def _flush(self) -> None:
        was_full = self.is_full
        try:
            while self._input:
                del self._input[: os.write(self.fd, self._input)]
        except BlockingIOError:
            pass
        except OSError:
            self._input.clear()
        self._reactor.watch(self.fd, READ | WRITE if self._input else READ, self._ready)
        if was_full and not self.is_full:
            for callback in list(self.on_room):
                callback()
