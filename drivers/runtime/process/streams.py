"""What is open on a driver object, so that closing it ends every stream."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol, TypeVar


class Closable(Protocol):
    def close(self) -> None: ...


S = TypeVar("S", bound=Closable)


class OpenStreams:
    """Streams from their opening to their end."""

    def __init__(self) -> None:
        self._streams: list[Closable] = []

    @contextlib.contextmanager
    def keep(self, stream: S) -> Iterator[S]:
        """Closed when the block is left, or by close_all() before that."""
        self._streams.append(stream)
        try:
            yield stream
        finally:
            self._streams.remove(stream)
            stream.close()

    def close_all(self) -> None:
        for stream in list(self._streams):
            stream.close()
