"""A terminal attached to a sandboxed main process, through its supervisor."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator

from domain.errors import Conflict, Unavailable, Unsupported
from drivers.runtime.process.control import Control, connect, parse
from drivers.runtime.process.folders import InstanceFolder
from drivers.runtime.process.supervise.frames import OUTPUT

INPUT_CHUNK_BYTES = 16 * 1024


class ProcessConsole:
    """Bytes both ways. The iteration ends when the instance stops; Unavailable when we read too slowly."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._over = False

    def close(self) -> None:
        """Whoever waits for output gets the end of the iteration."""
        self._over = True
        self._control.close()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while not self._over and (frame := await self._control.receive()) is not None:
            kind, payload = frame
            if kind == OUTPUT:
                return payload
            self._over = bool(parse(payload).get("ended"))
        if self._over:
            raise StopAsyncIteration
        raise Unavailable("The console was closed: it was read too slowly, or the instance's supervisor ended.")

    async def write(self, data: bytes) -> None:
        with _stopped_is_conflict():
            for start in range(0, len(data), INPUT_CHUNK_BYTES):
                await self._control.send(OUTPUT, data[start : start + INPUT_CHUNK_BYTES])

    async def resize(self, columns: int, rows: int) -> None:
        with _stopped_is_conflict():
            await self._control.send_message(columns=columns, rows=rows)


@contextlib.asynccontextmanager
async def attach(folder: InstanceFolder, columns: int, rows: int) -> AsyncIterator[ProcessConsole]:
    """Conflict: the instance does not run. Unsupported: it was started without a sandbox."""
    async with connect(folder) as control:
        if control is None:
            raise Conflict("The instance is not running.")
        with _stopped_is_conflict():
            await control.send_message(do="console", columns=columns, rows=rows)
        match await control.answer():
            case {"ok": True}:
                console = ProcessConsole(control)
                try:
                    yield console
                finally:
                    console.close()
            case {"error": "unsupported"}:
                raise Unsupported("This instance runs without a sandbox: it has no console.")
            case _:
                raise Conflict("The instance is not running.")


@contextlib.contextmanager
def _stopped_is_conflict() -> Iterator[None]:
    try:
        yield
    except ConnectionError as error:
        raise Conflict("The instance is not running.") from error
