"""The driver's end of a supervisor's control socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator
from typing import Any

from domain.errors import Unavailable
from drivers.runtime.process.folders import InstanceFolder
from drivers.runtime.process.supervise.frames import MESSAGE, Unpacker, pack, pack_message
from drivers.runtime.process.supervise.peers import SOCKET_NAME

ANSWER_TIMEOUT_S = 10.0


class Control:
    """One connection. Closing it takes back what hangs on it: a freeze, a console, a running command."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._unpacker = Unpacker()
        self._frames: list[tuple[int, bytes]] = []

    async def send(self, kind: int, payload: bytes) -> None:
        """Waits while the other end is not reading. ConnectionError when it is gone."""
        self._writer.write(pack(kind, payload))
        await self._writer.drain()

    async def send_message(self, **message: Any) -> None:
        self._writer.write(pack_message(message))
        await self._writer.drain()

    async def receive(self) -> tuple[int, bytes] | None:
        """The next frame; None when the supervisor has closed or is gone."""
        while not self._frames:
            try:
                data = await self._reader.read(64 * 1024)
            except ConnectionError:
                return None
            if not data:
                return None
            self._frames = self._unpacker.feed(data)
        return self._frames.pop(0)

    async def answer(self, timeout_s: float = ANSWER_TIMEOUT_S) -> dict[str, Any] | None:
        """The next message, whatever bytes come before it; None when the supervisor is gone.

        Unavailable: it stays silent.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while (frame := await self.receive()) is not None:
                    if frame[0] == MESSAGE:
                        return parse(frame[1])
                return None
        except TimeoutError as error:
            raise Unavailable("The instance's supervisor does not answer.") from error

    def close(self) -> None:
        self._writer.close()


def parse(payload: bytes) -> dict[str, Any]:
    message = json.loads(payload)
    return message if isinstance(message, dict) else {}


@contextlib.asynccontextmanager
async def connect(folder: InstanceFolder) -> AsyncIterator[Control | None]:
    """A connection to the instance's supervisor; None when none is listening."""
    connection = _connected_socket(folder)
    if connection is None:
        yield None
        return
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    control = Control(reader, writer)
    try:
        yield control
    finally:
        control.close()


async def ask(folder: InstanceFolder, timeout_s: float = ANSWER_TIMEOUT_S, **request: Any) -> dict[str, Any] | None:
    """One request, one answer; None when there is no supervisor (any more). Unavailable: it does not answer."""
    async with connect(folder) as control:
        if control is None:
            return None
        with contextlib.suppress(ConnectionError):
            await control.send_message(**request)
        return await control.answer(timeout_s)


def _connected_socket(folder: InstanceFolder) -> socket.socket | None:
    """Reached through /proc/self/fd: a socket's path may have only 108 bytes."""
    try:
        run_fd = os.open(folder.run, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        connection.connect(f"/proc/self/fd/{run_fd}/{SOCKET_NAME}")
    except (FileNotFoundError, ConnectionError):
        connection.close()
        return None
    except OSError as error:
        connection.close()
        raise Unavailable("The instance's supervisor does not answer.") from error
    finally:
        os.close(run_fd)
    return connection
