"""Long-running tasks of a process: one that crashes is logged and started again, later each time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from domain.errors import DomainError

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 10.0
HEALTHY_AFTER_S = 5.0
INSIST_EVERY_S = 1.0
log = structlog.get_logger(__name__)


class Background:
    """Tasks by name. Pauses between starts double up to pause_max_s; a run of a few seconds makes them short again."""

    def __init__(self, pause_s: float = FIRST_PAUSE_S, pause_max_s: float = LONGEST_PAUSE_S) -> None:
        self._pause_s = pause_s
        self._pause_max_s = pause_max_s
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._faults: dict[str, str] = {}

    @property
    def faults(self) -> dict[str, str]:
        """Tasks that crashed and have not run well since: name → kind of error."""
        return dict(self._faults)

    def start(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run it until it returns by itself or is stopped."""
        self._tasks[name] = asyncio.create_task(self._keep_running(name, run), name=name)

    async def stop(self, *, within_s: float = 5.0) -> None:
        """Cancel all tasks until they end; one that clings on is left behind and named in the log.

        Libraries swallow a cancellation now and then (on Python 3.11 asyncio.wait_for does), hence again and again.
        """
        tasks = dict(self._tasks)
        self._tasks.clear()
        left_s, clinging = within_s, set(tasks.values())
        while clinging and left_s > 0:
            for task in clinging:
                task.cancel()
            _, clinging = await asyncio.wait(clinging, timeout=min(INSIST_EVERY_S, left_s))
            left_s -= INSIST_EVERY_S
        if clinging:
            log.warning("tasks do not end", tasks=[name for name, task in tasks.items() if task in clinging])

    async def _keep_running(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        pause_s = self._pause_s
        while True:
            started = loop.time()
            recovery = loop.call_later(HEALTHY_AFTER_S, self._faults.pop, name, None)
            try:
                await run()
            except Exception as exc:  # noqa: BLE001  whatever it was, the house goes on and the task gets another try
                self._faults[name] = type(exc).__name__
                _tell(name, exc, pause_s)
            else:
                return
            finally:
                recovery.cancel()
            if loop.time() - started > HEALTHY_AFTER_S:
                pause_s = self._pause_s
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, self._pause_max_s)


def _tell(name: str, exc: Exception, pause_s: float) -> None:
    """Something we depend on being away is news; anything else is a fault of ours, with its trace."""
    if isinstance(exc, DomainError):
        log.warning("background task interrupted", task=name, reason=exc.message, restart_in_s=pause_s)
    else:
        log.error("background task crashed", task=name, restart_in_s=pause_s, exc_info=exc)
