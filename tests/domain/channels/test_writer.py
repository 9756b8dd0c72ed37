"""Group commit: in order, together, and never acknowledged without being stored."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from domain.channels.log import ChannelKey, NewMessage, open_log
from domain.channels.writer import LogWriter
from domain.errors import DomainError, NotFound, QuotaExceeded, Unavailable
from domain.models import ChannelLog, ChannelMessage
from domain.models.sql import connection, fetch, is_postgres
from tests.domain.channels.conftest import Town

BREAK_WHO_WAITS = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""


async def test_what_waits_is_written_in_order(town: Town) -> None:
    writer = LogWriter(town.ports)
    waiting = [writer.write(NewMessage(town.key("news"), str(number), None)) for number in range(1200)]
    task = asyncio.create_task(writer.run())
    answers = await asyncio.gather(*waiting)
    task.cancel()
    assert [logged.position for _, logged in answers] == list(range(1, 1201))
    assert [row.data for row in await ChannelMessage.all().order_by("position").limit(2)] == ["0", "1"]


async def test_the_last_words_are_written_and_nothing_after_them(town: Town) -> None:
    writer = LogWriter(town.ports)
    last = writer.write(NewMessage(town.key("news"), "1", None))
    await writer.close()
    assert (await last)[1].position == 1
    with pytest.raises(Unavailable):
        await writer.write(NewMessage(town.key("news"), "2", None))


async def test_a_refusal_reaches_only_those_it_concerns(town: Town) -> None:
    writer = LogWriter(replace(town.ports, limits=replace(town.ports.limits, channel_logs_per_tenant=1)))
    await open_log(town.ports, town.key("a"))
    waiting = [writer.write(NewMessage(town.key(name), "1", None)) for name in ("a", "b", "a")]
    await writer.flush()
    first, refused, second = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(refused, QuotaExceeded)
    assert not isinstance(first, BaseException)
    assert not isinstance(second, BaseException)
    assert (first[1].position, second[1].position) == (1, 2)


async def test_a_tenant_that_is_gone_harms_nobody_else(town: Town) -> None:
    writer = LogWriter(town.ports)
    gone = writer.write(NewMessage(ChannelKey(uuid4(), "news"), "1", None))
    kept = writer.write(NewMessage(town.key("news"), "1", None))
    await writer.flush()
    assert (await kept)[1].position == 1
    with pytest.raises(NotFound):
        await gone


async def test_a_database_that_is_away_is_unavailable(town: Town, database: TortoiseContext) -> None:
    writer = LogWriter(town.ports)
    await database.connections.get("default").execute_query("ALTER TABLE channel_message RENAME TO elsewhere")
    lost = writer.write(NewMessage(town.key("news"), "1", None))
    await writer.flush()
    with pytest.raises(DomainError) as refused:
        await lost
    assert isinstance(refused.value, Unavailable)
    await database.connections.get("default").execute_query("ALTER TABLE elsewhere RENAME TO channel_message")
    kept = writer.write(NewMessage(town.key("news"), "1", None))
    await writer.flush()
    assert (await kept)[1].position == 1


async def test_a_connection_that_breaks_in_mid_commit_is_told_and_the_writer_goes_on(town: Town) -> None:
    if not is_postgres(connection()):
        pytest.skip("SQLite has no connection that could break")
    await open_log(town.ports, town.key("news"))
    writer = LogWriter(town.ports)
    running = asyncio.create_task(writer.run())
    async with asyncio.timeout(10), in_transaction():
        await ChannelLog.filter(name="news").select_for_update()
        cut = writer.write(NewMessage(town.key("news"), "1", None))
        while not await fetch(BREAK_WHO_WAITS):  # noqa: ASYNC110  only the database knows who waits
            await asyncio.sleep(0.01)
        with pytest.raises(Unavailable):
            await cut
    assert (await writer.write(NewMessage(town.key("news"), "2", None)))[1].position == 1
    running.cancel()
