"""One socket's part in a shared subscription: what it is sent, and what waits while it reads slowly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import orjson

from realtime.frames import Frame, SharedFrame

MOST_WAITING = 1024
"""How much of a story may wait for one socket, beside its outbox."""


class Line(Protocol):
    """What a member needs of its connection (realtime/connection.py)."""

    def offer(self, frame: Frame | SharedFrame) -> bool: ...
    def post(self, frame: Frame | SharedFrame) -> None: ...
    def when_writable(self, callback: Callable[[], None]) -> None: ...


class Payload:
    """One result, encoded once. Of the messages that carry it only the operation's id differs."""

    __slots__ = ("_frames", "_text")

    def __init__(self, payload: object) -> None:
        self._text = orjson.dumps(payload).decode()
        self._frames: dict[str, SharedFrame] = {}

    def frame(self, head: str) -> SharedFrame:
        """The whole message after this head; made once for all who have the same."""
        found = self._frames.get(head)
        if found is None:
            found = self._frames[head] = SharedFrame(f"{head}{self._text}}}")
        return found


class Member:
    """ended: called with the operation's id once nothing more will come.

    generation: which admission to its audience it came with. has_begun: whether it was given anything yet.
    on_leave: told when the client has had enough.
    """

    __slots__ = ("_ended", "_last", "_line", "_waiting", "generation", "has_begun", "head", "on_leave", "operation_id")

    def __init__(self, line: Line, operation_id: str, ended: Callable[[str], None]) -> None:
        self.operation_id = operation_id
        self.head = f'{{"type":"next","id":{orjson.dumps(operation_id).decode()},"payload":'
        self.generation = 0
        self.has_begun = False
        self.on_leave: Callable[[Member], None] | None = None
        self._line = line
        self._ended: Callable[[str], None] | None = ended
        self._waiting: dict[object, Payload] | None = None
        self._last: tuple[str, ...] = ()

    def give(self, key: object, payload: Payload) -> bool:
        """Send it now if the socket takes it; else it waits in the place of what waits under its key. False: too much
        waits, and this does not."""
        self.has_begun = True
        if self._waiting is None:
            if self._line.offer(payload.frame(self.head)):
                return True
            self._waiting = {}
            self._line.when_writable(self._flush)
        self._waiting.pop(key, None)
        if len(self._waiting) >= MOST_WAITING and not isinstance(key, str):
            return False
        self._waiting[key] = payload
        return True

    def end(self, *last: str) -> None:
        """Nothing more comes but what waits and these messages."""
        self._last = last
        if self._waiting is None:
            self._finish()

    def leave(self) -> None:
        """The client has ended it: nothing is sent any more."""
        self._ended, self._waiting, self._last = None, None, ()
        if self.on_leave is not None:
            self.on_leave(self)

    def _flush(self) -> None:
        if self._waiting is None:
            return
        while self._waiting:
            key = next(iter(self._waiting))
            if not self._line.offer(self._waiting[key].frame(self.head)):
                self._line.when_writable(self._flush)
                return
            del self._waiting[key]
        self._waiting = None
        if self._last:
            self._finish()

    def _finish(self) -> None:
        ended, self._ended = self._ended, None
        if ended is None:
            return
        ended(self.operation_id)
        for message in self._last:
            self._line.post(message)
