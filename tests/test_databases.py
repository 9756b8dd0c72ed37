"""The databases that other tests get are fresh and entered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.context import TortoiseContext

from domain.models import LeaseRow


@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_gets_tables_without_rows(database: TortoiseContext, turn: int) -> None:
    assert await LeaseRow.all().count() == 0
    await LeaseRow.create(name="only", holder="me", expires_at=datetime.now(UTC))


async def test_a_second_client_sees_the_same_rows(database: TortoiseContext, database_url: str) -> None:
    from gateway.database import open_database

    await LeaseRow.create(name="only", holder="me", expires_at=datetime.now(UTC))
    async with open_database(database_url):
        assert await LeaseRow.all().count() == 1
