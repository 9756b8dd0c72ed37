"""The engines of ours: writers queue, and a transaction that could not begin costs nothing."""

from __future__ import annotations

import asyncio
import multiprocessing
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from domain.models import OutboxCursor
from gateway.database import open_database, sqlite_url, tortoise_config

WRITES = 200


async def _count_up(url: str, times: int) -> None:
    """Read, then write what was read plus one: lost updates and locked databases show in the sum."""
    async with open_database(url):
        for _ in range(times):
            async with in_transaction():
                row = await OutboxCursor.get(id=1)
                row.last_position += 1
                await row.save()


def _in_a_process(url: str, times: int) -> None:
    asyncio.run(_count_up(url, times))


async def test_processes_that_read_and_write_one_sqlite_file_lose_nothing(sqlite_database_url: str) -> None:
    async with open_database(sqlite_database_url):
        await OutboxCursor.create(id=1)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_in_a_process, args=(sqlite_database_url, WRITES)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join, 60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    async with open_database(sqlite_database_url):
        assert (await OutboxCursor.get(id=1)).last_position == 3 * WRITES


async def test_a_transaction_cancelled_at_any_moment_leaves_the_next_one_room(database_url: str) -> None:
    url = database_url if database_url.startswith("sqlite") else f"{database_url}?minsize=1&maxsize=1"

    async def write() -> None:
        async with in_transaction():
            await OutboxCursor.create(id=1)

    async with open_database(url):
        for moment in range(40):
            task = asyncio.create_task(write())
            for _ in range(moment):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.wait_for(OutboxCursor.filter(id=1).delete(), 10)
            async with asyncio.timeout(10), in_transaction():
                await OutboxCursor.create(id=1)
            await OutboxCursor.filter(id=1).delete()


async def test_a_nested_transaction_is_undone_alone(database: TortoiseContext) -> None:
    async with in_transaction():
        await OutboxCursor.create(id=1)
        with pytest.raises(KeyError):
            async with in_transaction():
                await OutboxCursor.create(id=2)
                raise KeyError
    assert [row.id for row in await OutboxCursor.all()] == [1]


def test_sqlite_files_are_opened_for_several_processes(tmp_path: Path) -> None:
    credentials = tortoise_config(sqlite_url(tmp_path / "a.db"))["connections"]["default"]["credentials"]
    assert (credentials["journal_mode"], credentials["foreign_keys"]) == ("WAL", "ON")
    assert int(credentials["busy_timeout"]) >= 5000


@pytest.mark.parametrize("name", ["a b", "a#b", "a?b", "a%20b", "ä"])
def test_any_folder_can_hold_a_sqlite_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "gatehouse.db"
    credentials = tortoise_config(sqlite_url(path))["connections"]["default"]["credentials"]
    assert credentials["file_path"] == str(path)
    assert set(credentials) == {"file_path", "journal_mode", "foreign_keys", "synchronous", "busy_timeout"}


@pytest.mark.parametrize("url", ["mysql://x/y", "", "nonsense"])
def test_other_databases_are_refused_in_words(url: str) -> None:
    with pytest.raises(ValueError, match="GATEHOUSE_DATABASE_URL"):
        tortoise_config(url)
