"""Bytes in this process; gone with it. For tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from domain.errors import NotFound
from domain.ports.storage import Writing, check_key

CHUNK_BYTES = 256 * 1024


class _Draft:
    def __init__(self, kept: dict[str, bytes], key: str) -> None:
        self._kept = kept
        self._key = key
        self._chunks: list[bytes] = []

    async def write(self, chunk: bytes) -> None:
        self._chunks.append(bytes(chunk))

    async def keep(self) -> None:
        self._kept[self._key] = b"".join(self._chunks)


class MemoryStorage:
    """Shared by all who have the object."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    @asynccontextmanager
    async def writing(self, key: str) -> AsyncIterator[Writing]:
        yield _Draft(self._kept, check_key(key))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        content = self._of(key)
        stop = len(content) if end is None else min(end, len(content))
        for begin in range(start, stop, CHUNK_BYTES):
            yield content[begin : min(begin + CHUNK_BYTES, stop)]

    async def size_bytes(self, key: str) -> int:
        return len(self._of(key))

    async def delete(self, key: str) -> None:
        self._kept.pop(check_key(key), None)

    async def all_keys(self) -> AsyncIterator[str]:
        for key in list(self._kept):
            yield key

    async def check(self) -> None:
        """Memory is always there."""

    async def close(self) -> None:
        """Nothing to give back: others may share the object."""

    def _of(self, key: str) -> bytes:
        try:
            return self._kept[check_key(key)]
        except KeyError:
            raise NotFound("There are no such bytes in the storage.") from None
