"""Archives in and out of an instance's data folder, as streams."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import IO

from drivers.runtime.process.faults import plain_words
from drivers.runtime.process.folders import InstanceFolder
from drivers.runtime.process.inner_paths import data_parts
from drivers.runtime.process.pack import pack
from drivers.runtime.process.threads import in_thread
from drivers.runtime.process.unpack import unpack


class ArchiveStream:
    """Pieces of a tar, read in a thread as they are asked for."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._reading = asyncio.Lock()
        self._first: bytes | None = None
        self._closed = False

    async def open(self) -> None:
        """Read the first piece: a path that is not there is told now, not later."""
        self._first = await self._read()

    async def close(self) -> None:
        """Waits for the piece that is being read, then lets go of the files."""
        self._closed = True
        async with self._reading:
            close = getattr(self._pieces, "close", None)
            if close is not None:
                await in_thread(close)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        piece, self._first = self._first, None
        if piece is None:
            piece = await self._read()
        if not piece or self._closed:
            raise StopAsyncIteration
        return piece

    async def _read(self) -> bytes:
        async with self._reading:
            if self._closed:
                return b""
            return await in_thread(next, self._pieces, b"")


async def open_archive(folder: InstanceFolder, path: str) -> ArchiveStream:
    """A tar of a path below /data. NotFound, InvalidInput."""
    stream = ArchiveStream(pack(folder.data, data_parts(path), "data"))
    try:
        await stream.open()
    except BaseException:
        await stream.close()
        raise
    return stream


async def receive_archive(folder: InstanceFolder, path: str, chunks: AsyncIterator[bytes]) -> None:
    """Take the whole tar first, so that it can be checked before anything is written."""
    parts = data_parts(path)
    with _spool(folder) as spool:
        async for chunk in chunks:
            await in_thread(spool.write, chunk)
        await in_thread(unpack, spool, folder.data, parts)


def _spool(folder: InstanceFolder) -> IO[bytes]:
    with plain_words():
        return tempfile.TemporaryFile(dir=folder.run)
