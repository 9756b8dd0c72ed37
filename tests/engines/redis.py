"""A Redis server of our own for one test run, and an empty database for each test."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.engines.plugin import give_up, need
from tests.engines.process import free_port, last_lines, spawn, stop

_DATABASES = 256
_START_S = 10.0
_PORT_TRIES = 5


class RedisServer:
    """One redis-server on a loopback port that stays the same over restarts.

    durable: writes each command to its append-only file before it answers, so that a kill loses nothing.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.port = 0
        self._folder = folder
        self._durable = durable
        self._log = folder / "redis.log"
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, or start again on the same port with what the disk kept."""
        for _ in range(_PORT_TRIES):
            if self._try_port(self.port or free_port()):
                return
        give_up("redis", f"it does not start: {last_lines(self._log)}")

    def _try_port(self, port: int) -> bool:
        keep = ["--appendonly", "yes", "--appendfsync", "always"] if self._durable else ["--appendonly", "no"]
        where = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(self._folder)]
        options = ["--save", "", "--databases", str(_DATABASES), "--daemonize", "no", *keep]
        self._child = spawn(["redis-server", *where, *options], self._log)
        with redis.Redis(port=port, socket_timeout=5) as client:
            deadline = time.monotonic() + _START_S
            while self._child.poll() is None and time.monotonic() < deadline:
                try:
                    client.ping()
                except redis.RedisError:
                    time.sleep(0.01)
                else:
                    self.port = port
                    return True
        stop(self._child)
        return False

    def url(self, database: int = 0) -> str:
        return f"redis://127.0.0.1:{self.port}/{database}"

    def kill(self) -> None:
        """SIGKILL it, as a crash would."""
        assert self._child is not None, "the server is not started"
        stop(self._child, signal.SIGKILL)

    def stop(self) -> None:
        if self._child is not None:
            stop(self._child)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The run's own Redis; it keeps nothing on disk."""
    yield from _served(durable=False)


@pytest.fixture
def restartable_redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A Redis for this test alone, which it may kill and start; param True: durable."""
    yield from _served(durable=getattr(request, "param", False))


def _served(*, durable: bool) -> Iterator[RedisServer]:
    need("redis")
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-redis-"))
    server = RedisServer(folder, durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


_numbers = itertools.cycle(range(1, _DATABASES))


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of an empty database of the test's own on the run's Redis."""
    url = redis_server.url(next(_numbers))
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url
