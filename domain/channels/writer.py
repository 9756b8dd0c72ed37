"""Group commit: everything that waits to be published goes into one transaction; while that runs, more gathers."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from tortoise.exceptions import IntegrityError

from domain.channels.log import Logged, NewMessage, append
from domain.errors import DomainError, Unavailable
from domain.models.faults import DATABASE_FAULTS
from domain.ports import Ports

BATCH = 500

Written = tuple[str, Logged]
"""The epoch of the log, and the message in it."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    message: NewMessage
    written: asyncio.Future[Written]


class LogWriter:
    """One per process. run() must be running."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._waiting: deque[_Waiting] = deque()
        self._work = asyncio.Event()
        self._closed = False

    def write(self, message: NewMessage) -> asyncio.Future[Written]:
        """Done when it is committed; in the order of the calls.

        Unavailable: the database did not take it, or did not say so. NotFound: the tenant is gone.
        QuotaExceeded: too many channels that remember.
        """
        written = asyncio.get_running_loop().create_future()
        if self._closed:
            written.set_exception(Unavailable("This server is stopping."))
        else:
            self._waiting.append(_Waiting(message, written))
            self._work.set()
        return written

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            await self.flush()

    async def flush(self) -> None:
        """Write everything that waits."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH))]
            try:
                await self._write(batch)
            finally:
                _refuse(batch, Unavailable("The message could not be stored."))

    async def _write(self, batch: list[_Waiting]) -> None:
        try:
            answers = await append(self._ports, [one.message for one in batch])
        except (DomainError, IntegrityError) as error:
            await self._divide(batch, error)
        except DATABASE_FAULTS as error:
            _refuse(batch, Unavailable("The message could not be stored."), error)
        except asyncio.CancelledError:
            _refuse(batch, Unavailable("This server is stopping."))
            raise
        else:
            for one, answer in zip(batch, answers, strict=True):
                if not one.written.done():
                    one.written.set_result(answer)

    async def _divide(self, batch: list[_Waiting], error: Exception) -> None:
        """One that cannot be stored is no fault of those it happened to wait with."""
        if len(batch) == 1:
            _refuse(batch, error if isinstance(error, DomainError) else Unavailable("The channel is gone."), error)
            return
        for one in batch:
            await self._write([one])

    async def close(self) -> None:
        """Write what waits, and take no more."""
        self._closed = True
        await self.flush()


def _refuse(batch: list[_Waiting], error: DomainError, cause: Exception | None = None) -> None:
    for one in batch:
        if not one.written.done():
            fault = type(error)(error.message, **error.details)
            fault.__cause__ = cause
            one.written.set_exception(fault)
