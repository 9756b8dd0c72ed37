"""One upstream, many readers: opened for the first, closed after the last."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Generic, Protocol, TypeVar

from domain.errors import DomainError, Unavailable

T_co = TypeVar("T_co", covariant=True)
S = TypeVar("S", bound="Source[object]")
T = TypeVar("T")


class Source(Protocol[T_co]):
    """Anything to iterate that the runtime opened."""

    def __aiter__(self) -> AsyncIterator[T_co]: ...


class Reader(Generic[T]):
    """One reader's queue. latest_only: a slow reader finds the newest; otherwise falling behind ends its reading."""

    def __init__(self, *, latest_only: bool, max_pending: int) -> None:
        self._latest_only = latest_only
        self._max_pending = max_pending
        self._queue: deque[T] = deque()
        self._ended = False
        self._error: DomainError | None = None
        self._arrived = asyncio.Event()

    def offer(self, item: T) -> None:
        if self._latest_only:
            self._queue.clear()
        if len(self._queue) >= self._max_pending:
            self.end(Unavailable("You read too slowly; open it again."))
        elif not self._ended:
            self._queue.append(item)
        self._arrived.set()

    def end(self, error: DomainError | None) -> None:
        if not self._ended:
            self._ended, self._error = True, error
        self._arrived.set()

    def __aiter__(self) -> Reader[T]:
        return self

    async def __anext__(self) -> T:
        while not self._queue:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()


class Shared(Generic[T]):
    """open: the upstream. It runs in a task of its own, so that no reader's end disturbs the others."""

    def __init__(
        self, open_source: Callable[[], AbstractAsyncContextManager[Source[T]]], *, latest_only: bool, max_pending: int
    ) -> None:
        self._open_source = open_source
        self._latest_only = latest_only
        self._max_pending = max_pending
        self._readers: set[Reader[T]] = set()
        self._task: asyncio.Task[None] | None = None
        self._opened: asyncio.Future[Source[T]] | None = None

    @property
    def is_idle(self) -> bool:
        return not self._readers

    @asynccontextmanager
    async def join(self) -> AsyncIterator[tuple[Source[T], Reader[T]]]:
        """The open source itself (for what can be written to), and a reader of what it brings from now on."""
        reader: Reader[T] = Reader(latest_only=self._latest_only, max_pending=self._max_pending)
        self._readers.add(reader)
        try:
            if self._task is None or self._task.done():
                self._opened = asyncio.get_running_loop().create_future()
                self._task = asyncio.create_task(self._pump(self._opened))
            assert self._opened is not None
            yield await asyncio.shield(self._opened), reader
        finally:
            self._readers.discard(reader)
            if self.is_idle:
                await self._stop()

    async def close(self) -> None:
        """End every reader and the upstream."""
        for reader in tuple(self._readers):
            reader.end(None)
        await self._stop()

    async def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _pump(self, opened: asyncio.Future[Source[T]]) -> None:
        error: DomainError | None = None
        try:
            async with self._open_source() as source:
                opened.set_result(source)
                async for item in source:
                    for reader in tuple(self._readers):
                        reader.offer(item)
        except DomainError as exc:
            error = exc
        finally:
            if not opened.done():
                opened.set_exception(error or Unavailable("The stream could not be opened."))
                opened.exception()  # read once here, so that a reader who has left by now is not missed
            for reader in tuple(self._readers):
                reader.end(error)
