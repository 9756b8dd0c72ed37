"""Append to the logs: whatever waits in all documents at one moment is one statement and one commit."""

from __future__ import annotations

import asyncio
from uuid import UUID

from pycrdt import merge_updates

from domain.documents.log import append_updates
from domain.errors import DomainError, NotFound, Unavailable
from domain.models.faults import DATABASE_FAULTS

AT_ONCE = 200


class LogWriter:
    """One per process. run() must be running. At most one append of a document may be under way."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, tuple[bytes, asyncio.Future[int]]] = {}
        self._work = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def append(self, file_id: UUID, update: bytes) -> asyncio.Future[int]:
        """Its number, once it is committed. NotFound: the document is gone. Unavailable: whether it was committed is
        not known."""
        if file_id in self._waiting:
            raise ValueError("an append of this document is under way")
        written: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[file_id] = (update, written)
        self._is_idle.clear()
        self._work.set()
        return written

    async def run(self) -> None:
        """Write until cancelled."""
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                await self._write_all()
        finally:
            self._refuse_all()

    async def flushed(self) -> None:
        """Wait until nothing waits."""
        await self._is_idle.wait()

    async def _write_all(self) -> None:
        while self._waiting:
            batch = dict(list(self._waiting.items())[:AT_ONCE])
            for file_id in batch:
                del self._waiting[file_id]
            try:
                await self._write(batch)
            finally:
                _refuse(batch, Unavailable("This server is stopping."))
        self._is_idle.set()

    async def _write(self, batch: dict[UUID, tuple[bytes, asyncio.Future[int]]]) -> None:
        try:
            seqs = await append_updates({file_id: update for file_id, (update, _) in batch.items()})
        except DATABASE_FAULTS as fault:
            if len(batch) == 1:
                _refuse(batch, Unavailable("The edit could not be saved."), fault)
                return
            # One of them may be at fault; the others must not suffer for it.
            for file_id, one in batch.items():
                await self._write({file_id: one})
            return
        for file_id, (_, written) in batch.items():
            if written.done():
                continue
            if file_id in seqs:
                written.set_result(seqs[file_id])
            else:
                written.set_exception(NotFound("There is no such document."))

    def _refuse_all(self) -> None:
        _refuse(self._waiting, Unavailable("This server is stopping."))
        self._waiting.clear()
        self._is_idle.set()


def _refuse(
    batch: dict[UUID, tuple[bytes, asyncio.Future[int]]], error: DomainError, cause: Exception | None = None
) -> None:
    for _, written in batch.values():
        if not written.done():
            fault = type(error)(error.message, **error.details)
            fault.__cause__ = cause
            written.set_exception(fault)


async def append_now(file_id: UUID, updates: list[bytes]) -> int:
    """Append inside the caller's transaction; the number it got. NotFound: the document is gone."""
    seqs = await append_updates({file_id: updates[0] if len(updates) == 1 else merge_updates(*updates)})
    if file_id not in seqs:
        raise NotFound("There is no such document.")
    return seqs[file_id]
