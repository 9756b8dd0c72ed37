"""A tar on its way into an instance: kept in a temporary file, looked through, then sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from types import TracebackType

from domain.errors import Unavailable
from drivers.runtime.docker.tar_check import check_members

IN_MEMORY_BYTES = 1 << 20
PIECE_BYTES = 1 << 18


class Spool:
    """Small archives stay in memory. Files are touched in threads only, so the event loop never waits for a disk."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 (closed in __aexit__)

    async def __aenter__(self) -> Spool:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._file.close)

    async def fill(self, chunks: AsyncIterator[bytes]) -> None:
        """Take everything."""
        async for chunk in chunks:
            try:
                await asyncio.to_thread(self._file.write, chunk)
            except OSError as full:
                raise Unavailable("There is no room for the archive on this server.") from full

    async def check(self) -> None:
        """Raises InvalidInput: no tar, or a member that would leave the folder."""
        await asyncio.to_thread(self._check)

    def _check(self) -> None:
        self._file.seek(0)
        check_members(self._file)
        self._file.seek(0)

    async def pieces(self) -> AsyncIterator[bytes]:
        """All of it, from the start."""
        while piece := await asyncio.to_thread(self._file.read, PIECE_BYTES):
            yield piece
