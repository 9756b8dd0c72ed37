"""Blocking calls in a few threads of our own, so that the event loop never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar

from domain.errors import Unavailable

T = TypeVar("T")


class Calls:
    """At most max_threads calls at once, the others wait their turn.

    Threads of our own rather than a limiter over shared ones: a caller that is cancelled leaves its thread busy, and
    it goes on counting here. They are daemons: the process ends without waiting for an engine that hangs.
    """

    def __init__(self, max_threads: int) -> None:
        self._max_threads = max_threads
        self._threads: list[Thread] = []
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._under_way = 0
        self._closed = False

    async def read(self, call: Callable[[], T]) -> T:
        """Run a call that changes nothing; a cancelled caller does not wait for it."""
        return await self._submit(call)

    async def change(self, call: Callable[[], T]) -> T:
        """Run a call that changes something; a cancelled caller leaves only when the change is over.

        So what follows a cancellation (a destroy, say) never races with the change.
        """
        running = self._submit(call)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if not running.cancelled():
                await asyncio.wait([running])
            raise

    def close(self) -> None:
        """Take no more calls and let the threads end with what they do."""
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)

    def _submit(self, call: Callable[[], T]) -> asyncio.Future[T]:
        if self._closed:
            raise Unavailable("This node's engine is no longer in use.")
        job = _Job(call, asyncio.get_running_loop().create_future(), self._over)
        self._jobs.put(job)
        self._under_way += 1
        if len(self._threads) < min(self._under_way, self._max_threads):
            self._threads.append(Thread(target=self._work, name="docker", daemon=True))
            self._threads[-1].start()
        return job.future

    def _over(self) -> None:
        self._under_way -= 1

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()


class _Job:
    """A call and whom to tell; as a context manager it takes whatever the call raises."""

    def __init__(self, call: Callable[[], Any], future: asyncio.Future[Any], over: Callable[[], None]) -> None:
        self.future = future
        self._call = call
        self._over = over
        self._result: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """In a thread. A loop that has ended needs no answer."""
        if not self.future.cancelled():
            with self:
                self._result = self._call()
        with suppress(RuntimeError):
            self.future.get_loop().call_soon_threadsafe(self._tell)

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._error = error
        return True

    def _tell(self) -> None:
        self._over()
        if self.future.cancelled():
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._result)
