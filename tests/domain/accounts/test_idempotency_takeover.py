"""A repetition that takes a request for dead, at the very moment when that request commits its change."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from tortoise import connections
from tortoise.transactions import in_transaction

from domain.access import Actor
from domain.accounts.idempotency import Claim, claim
from domain.errors import Conflict
from domain.models import IdempotencyRecord
from gateway.database import open_database
from tests.fakes import FakeClock

ANNA = Actor(user_id=None, credential="key:1", door="skyport")
WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def ask(clock: FakeClock) -> Claim:
    return await claim(ANNA, "skyport", "k", "body", clock.now(), 86_400.0)


async def apply_slowly(claim_id: UUID, written: asyncio.Event, may_commit: asyncio.Event) -> None:
    async with in_transaction():
        await IdempotencyRecord.filter(id=claim_id).update(state="applied")
        written.set()
        await may_commit.wait()


async def somebody_waits_for_a_lock() -> None:
    while not (await connections.get("default").execute_query(WAITING))[1]:
        pass


@pytest.mark.postgres
async def test_what_is_being_committed_is_not_taken_over(postgres_database_url: str, clock: FakeClock) -> None:
    written, may_commit = asyncio.Event(), asyncio.Event()
    async with open_database(postgres_database_url), asyncio.timeout(20):
        original = await ask(clock)
        clock.advance(60)
        slow = asyncio.create_task(apply_slowly(original.id, written, may_commit))
        await written.wait()
        repetition = asyncio.create_task(ask(clock))
        await somebody_waits_for_a_lock()
        may_commit.set()
        await slow
        with pytest.raises(Conflict) as caught:
            await repetition
        assert caught.value.details["reason"] == "reply_lost"
        assert await IdempotencyRecord.exists(id=original.id)
