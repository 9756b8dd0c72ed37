"""A connection that is reset between two commands, on the event loop that `gatehouse serve` runs on."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread

import pytest
import uvloop

from domain.errors import Unavailable
from drivers.bus.redis import RedisBus

BUSES = 10
ROUNDS = 3
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@pytest.fixture
def resetting_port() -> Iterator[int]:
    """A server that answers the first command of a connection and resets it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=_answer_and_reset, args=(listener,), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _answer_and_reset(listener: socket.socket) -> None:
    with suppress(OSError):  # the listener is shut when the test ends
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"+OK\r\n")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


def test_a_reset_connection_is_an_unavailable_bus(resetting_port: int) -> None:
    async def check() -> BaseException | None:
        bus = RedisBus(f"redis://127.0.0.1:{resetting_port}/0")
        try:
            await bus.check()
        except Unavailable as error:
            return error.__cause__
        finally:
            await bus.close()
        return None

    async def check_all() -> list[BaseException | None]:
        return [cause for _ in range(ROUNDS) for cause in await asyncio.gather(*(check() for _ in range(BUSES)))]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        causes = runner.run(check_all())
    assert None not in causes
    assert any(isinstance(cause, RuntimeError) for cause in causes), "the case that this test is about did not happen"
