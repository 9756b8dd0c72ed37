"""Leases in the database when it cannot be reached, and between processes on one SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
import sys

import pytest

from domain.errors import Unavailable
from domain.models import LeaseRow
from drivers.leases.database import DatabaseLeases
from gateway.database import open_database
from tests.engines.postgres import PostgresServer
from tests.fakes import FakeClock

RIVAL = """
import asyncio, sys
from drivers.leases.database import DatabaseLeases
from gateway.database import open_database
async def main():
    leases, won = DatabaseLeases(), 0
    async with open_database(sys.argv[1]):
        for turn in range(40):
            won += await leases.acquire(f"turn {turn}", sys.argv[2], 600) is not None
    print(won)
asyncio.run(main())
"""


async def test_the_row_says_who_holds_it_and_until_when(sqlite_database_url: str) -> None:
    clock = FakeClock()
    async with open_database(sqlite_database_url):
        lease = await DatabaseLeases(clock).acquire("relay", "a", 30)
        row = await LeaseRow.get(name="relay")
        assert lease is not None
        assert (row.holder, row.fence) == ("a", lease.fence)
        assert (row.expires_at - clock.now()).total_seconds() == 30


async def test_processes_that_share_a_file_share_its_leases(sqlite_database_url: str) -> None:
    rivals = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", RIVAL, sqlite_database_url, name, stdout=asyncio.subprocess.PIPE
        )
        for name in ("a", "b", "c")
    ]
    said = [(await rival.communicate())[0] for rival in rivals]
    assert sum(map(int, said)) == 40


async def test_a_locked_file_is_unavailable(sqlite_database_url: str) -> None:
    async with open_database(f"{sqlite_database_url}?busy_timeout=20"):
        await LeaseRow.all().count()
        rival = sqlite3.connect(sqlite_database_url.removeprefix("sqlite://"), isolation_level=None)
        rival.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable) as refused:
            await DatabaseLeases().acquire("relay", "a", 30)
        assert "locked" not in refused.value.message
        rival.execute("ROLLBACK")
        rival.close()
        assert await DatabaseLeases().acquire("relay", "a", 30) is not None


@pytest.mark.postgres
async def test_a_lost_server_is_unavailable(postgres_server: PostgresServer, postgres_template: str) -> None:
    name = postgres_server.create_database(postgres_template)
    async with open_database(postgres_server.url(name)):
        leases = DatabaseLeases()
        lease = await leases.acquire("relay", "a", 30)
        assert lease is not None
        postgres_server.drop_database(name)
        for asked in (leases.acquire("relay", "a", 30), leases.renew(lease, 30), leases.release(lease)):
            with pytest.raises(Unavailable):
                await asked


@pytest.mark.postgres
async def test_time_is_the_servers(postgres_database_url: str) -> None:
    async with open_database(postgres_database_url):
        behind, ahead = DatabaseLeases(FakeClock()), DatabaseLeases()
        assert await behind.acquire("relay", "a", 30) is not None
        assert await ahead.acquire("relay", "b", 30) is None
