"""Blocking calls in a few threads of our own, so that the event loop never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from domain.errors import Unavailable

T = TypeVar("T")


class Calls:
    """At most max_threads calls at once, the others wait their turn.

    An executor of our own rather than a limiter over shared threads: a caller that is cancelled leaves its thread
    busy, and only an executor goes on counting it.
    """

    def __init__(self, max_threads: int) -> None:
        self._threads = ThreadPoolExecutor(max_threads, thread_name_prefix="docker")
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

    def _submit(self, call: Callable[[], T]) -> asyncio.Future[T]:
        if self._closed:
            raise Unavailable("This node's engine is no longer in use.")
        return asyncio.get_running_loop().run_in_executor(self._threads, call)

    def close(self) -> None:
        """Take no more calls and let the threads end with what they do."""
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
