"""What one socket says, on its way to its channel: in order, at the channel's pace, never too long."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import deque
from collections.abc import Callable

from domain.limits import Rate
from realtime.frames import Frame
from realtime.pace import Pace

log = logging.getLogger(__name__)


class Hearing:
    """hold: stop reading (True) or go on (False), while messages wait for their turn. fault: `receive` failed.

    Messages are handed over in the context of whoever made this, wherever they were read.
    """

    def __init__(
        self,
        receive: Callable[[Frame], None],
        rate: Rate | None,
        hold: Callable[[bool], None],
        fault: Callable[[], None],
    ) -> None:
        self._receive = receive
        self._pace = Pace(rate) if rate is not None and rate.count else None
        self._hold = hold
        self._fault = fault
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self._waiting: deque[Frame] | None = None
        self._turn: asyncio.TimerHandle | None = None
        self._over = False

    def hear(self, frame: Frame, now: float) -> None:
        """One message; it may have to wait, and then nothing more is read."""
        if self._waiting is not None:
            self._waiting.append(frame)
        elif self._pace is not None and (wait_s := self._pace.take(now)) > 0:
            self._waiting = deque([frame])
            self._hold(True)
            self._turn = self._loop.call_later(wait_s, self._next)
        else:
            self._hand_over(frame)

    def stop(self) -> None:
        """What waits is dropped."""
        self._over = True
        if self._turn is not None:
            self._turn.cancel()
            self._hold(False)  # its answer to our close must still be read

    def _next(self) -> None:
        self._turn = None
        assert self._pace is not None
        while self._waiting and not self._over:
            wait_s = self._pace.take(self._loop.time())
            if wait_s > 0:
                self._turn = self._loop.call_later(wait_s, self._next)
                return
            self._hand_over(self._waiting.popleft())
        self._waiting = None
        if not self._over:
            self._hold(False)

    def _hand_over(self, frame: Frame) -> None:
        try:
            self._context.run(self._receive, frame)
        except Exception:
            log.exception("a message on a socket failed unexpectedly")
            self._fault()
