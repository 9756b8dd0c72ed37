"""One command run beside the main process for a peer: its output is sent as it comes, it dies with the peer."""

from __future__ import annotations

import os
import signal
from functools import partial

from .family import send, send_group
from .frames import ERRORS, OUTPUT, pack
from .launch import Launch
from .peers import Peer
from .reactor import READ, Reactor
from .spawn import Started, start_beside

CHUNK_BYTES = 64 * 1024
WAITING_BYTES = 256 * 1024
"""Above this the command waits until the peer has read."""


class Command:
    """Raises StartError. Its owner reaps the child and calls exited()."""

    def __init__(self, reactor: Reactor, launch: Launch, main_pid: int, argv: list[str], peer: Peer) -> None:
        self._reactor = reactor
        self._peer = peer
        self._kinds: dict[int, int] = {}
        self._over = False
        self._started = self._start(launch, main_pid, argv)
        peer.on_close = self._kill
        peer.on_drained = self._read_on
        self._read_on()

    @property
    def child_pid(self) -> int:
        return self._started.child_pid

    def exited(self, exit_code: int) -> None:
        """Send what is left and how it ended."""
        self._over = True
        for fd in list(self._kinds):
            while self._read(fd):
                pass
        for fd in list(self._kinds):
            self._close(fd)
        self._peer.send_message(exit_code=exit_code)

    def _start(self, launch: Launch, main_pid: int, argv: list[str]) -> Started:
        output, output_writer = os.pipe()
        errors, errors_writer = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        self._kinds = {output: OUTPUT, errors: ERRORS}
        try:
            started = start_beside(launch, main_pid, argv, (nothing, output_writer, errors_writer))
        except BaseException:
            os.close(output)
            os.close(errors)
            raise
        finally:
            for fd in (nothing, output_writer, errors_writer):
                os.close(fd)
        for fd in self._kinds:
            os.set_blocking(fd, False)
        return started

    def _read_on(self) -> None:
        for fd in self._kinds:
            self._reactor.watch(fd, READ, partial(self._ready, fd))

    def _ready(self, fd: int, _: int) -> None:
        self._read(fd)

    def _read(self, fd: int) -> bool:
        try:
            data = os.read(fd, CHUNK_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._close(fd)
            return False
        self._peer.send(pack(self._kinds[fd], data))
        if self._peer.outbox_bytes > WAITING_BYTES:
            for each in self._kinds:
                self._reactor.forget(each)
        return True

    def _close(self, fd: int) -> None:
        del self._kinds[fd]
        self._reactor.forget(fd)
        os.close(fd)

    def _kill(self) -> None:
        if not self._over:
            send_group(self._started.main_pid, signal.SIGKILL)
            send(self._started.child_pid, signal.SIGKILL)
