"""A PostgreSQL cluster of our own for one test run, and a fresh database for each test."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]
import pytest

from tests.engines.plugin import give_up, need
from tests.engines.probe import postgres_binaries
from tests.engines.process import free_port, last_lines, spawn, stop

Result = TypeVar("Result")

_USER = "gatehouse"
_START_S = 20.0
_PORT_TRIES = 5
_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


class PostgresServer:
    """One cluster on a loopback port. Its administrator's connection lives on a thread of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = 0
        self._folder = folder
        self._log = folder / "postgres.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._loop = asyncio.new_event_loop()
        self._admin: asyncpg.Connection | None = None
        self._names = (f"test_{number}" for number in itertools.count(1))

    def start(self) -> None:
        binaries = postgres_binaries()
        assert binaries is not None, "the probe looks for the binaries first"
        self._init_cluster(binaries)
        threading.Thread(target=self._loop.run_forever, name="postgres-admin", daemon=True).start()
        for _ in range(_PORT_TRIES):
            if self._try_port(binaries, free_port()):
                return
        give_up("postgres", f"it does not start: {last_lines(self._log)}")

    def _init_cluster(self, binaries: Path) -> None:
        if os.getuid() == 0:
            shutil.chown(self._folder, "nobody", "nogroup")
        data = str(self._folder / "data")
        options = ["--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--locale=C", "--no-sync"]
        child = spawn([str(binaries / "initdb"), "-D", data, *options], self._log, as_nobody=True)
        if child.wait(60) != 0:
            give_up("postgres", f"initdb failed: {last_lines(self._log)}")

    def _try_port(self, binaries: Path, port: int) -> bool:
        settings = [part for name, value in _FAST.items() for part in ("-c", f"{name}={value}")]
        command = [str(binaries / "postgres"), "-D", str(self._folder / "data"), "-p", str(port), *settings]
        child = self._child = spawn(command, self._log, as_nobody=True)
        self.port = port
        deadline = time.monotonic() + _START_S
        while child.poll() is None and time.monotonic() < deadline:
            try:
                self._admin = self._run(asyncpg.connect(self.url("postgres"), timeout=5))
            except (OSError, asyncpg.PostgresError):
                time.sleep(0.02)
            else:
                return True
        stop(child)
        return False

    def url(self, database: str) -> str:
        return f"postgres://{_USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, template: str = "template0") -> str:
        """Make a database, a copy of the template, and return its name."""
        name = next(self._names)
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        """Remove it, together with whoever is still connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, sql: str) -> None:
        """One statement, as the administrator."""
        assert self._admin is not None, "the server is not started"
        self._run(self._admin.execute(sql))

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def stop(self) -> None:
        if self._admin is not None:
            self._run(self._admin.close())
        if self._child is not None:
            stop(self._child)
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._loop.stop)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The run's own cluster; it does not wait for the disk."""
    need("postgres")
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-postgres-"))
    server = PostgresServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address (postgres://…) of an empty database of the test's own."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)
