"""The supervisor's event loop: file descriptors, named timers, signals. One thread, no asyncio: it must stay small."""

from __future__ import annotations

import os
import selectors
import signal
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


class Reactor:
    """Calls back when a descriptor is ready, a timer is due or a signal came."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: dict[str, tuple[float, Callable[[], None]]] = {}
        self._signals: dict[int, Callable[[], None]] = {}
        self._wakeup_reader, wakeup_writer = os.pipe()
        os.set_blocking(self._wakeup_reader, False)
        os.set_blocking(wakeup_writer, False)
        signal.set_wakeup_fd(wakeup_writer, warn_on_full_buffer=False)
        self.watch(self._wakeup_reader, READ, self._on_signal)

    def watch(self, fd: int, events: int, callback: Callable[[int], None]) -> None:
        """Call back with the events that are ready; replaces what was watched on this descriptor."""
        if fd in self._selector.get_map():
            self._selector.modify(fd, events, callback)
        else:
            self._selector.register(fd, events, callback)

    def forget(self, fd: int) -> None:
        """Watch it no more; not watched is fine."""
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def after(self, name: str, delay_s: float, callback: Callable[[], None]) -> None:
        """Call back once; a timer of the same name is replaced."""
        self._timers[name] = (time.monotonic() + delay_s, callback)

    def cancel(self, name: str) -> None:
        self._timers.pop(name, None)

    def on_signal(self, number: int, callback: Callable[[], None]) -> None:
        """Call back from the loop, never from inside the signal handler."""
        self._signals[number] = callback
        signal.signal(number, lambda *_: None)

    def turn(self) -> None:
        """Wait for something and serve everything that is due."""
        due = min((at for at, _ in self._timers.values()), default=None)
        timeout_s = None if due is None else max(0.0, due - time.monotonic())
        for key, events in self._selector.select(timeout_s):
            if self._selector.get_map().get(key.fd) is key:
                key.data(events)
        self._run_timers()

    def _run_timers(self) -> None:
        now = time.monotonic()
        for name, (at, callback) in list(self._timers.items()):
            if at <= now and self._timers.get(name) == (at, callback):
                del self._timers[name]
                callback()

    def _on_signal(self, _: int) -> None:
        for number in set(os.read(self._wakeup_reader, 4096)):
            if number in self._signals:
                self._signals[number]()
