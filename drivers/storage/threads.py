"""File I/O off the event loop, its faults in the domain's words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from domain.errors import NotFound, Unavailable

T = TypeVar("T")


class FileThreads:
    """A bounded pool: a slow disk must not take the threads that passwords and engines need."""

    def __init__(self, count: int = 8) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="storage")

    async def run(self, function: Callable[[], T]) -> T:
        """Cancelled, it still waits for the thread: nobody may close a file that is being written."""
        work = asyncio.get_running_loop().run_in_executor(self._pool, function)
        with plain_words():
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                while not work.done():
                    with contextlib.suppress(asyncio.CancelledError):
                        await asyncio.wait([work])
                raise

    def close(self) -> None:
        self._pool.shutdown(wait=False)


@contextlib.contextmanager
def plain_words() -> Iterator[None]:
    """NotFound: no such file. Unavailable: the disk is full, read-only or broken."""
    try:
        yield
    except FileNotFoundError as exc:
        raise NotFound("There are no such bytes in the storage.") from exc
    except OSError as exc:
        raise Unavailable("The storage cannot take or give bytes right now.") from exc
