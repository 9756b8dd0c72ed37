"""The toy dialect, served."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.routing import Mount
from tortoise.context import TortoiseContext

from gateway.database import open_database
from rest_compat._kit import mount, standalone
from tests.rest_compat._kit.toy import TOY
from tests.rest_compat.houses import SmallHouse, client_of, small_app


@pytest.fixture
async def small_database(sqlite_database_url: str) -> AsyncIterator[TortoiseContext]:
    """SQLite is enough where only the door is looked at."""
    async with open_database(sqlite_database_url) as context:
        yield context


@pytest.fixture
async def toy(house: SmallHouse, small_database: TortoiseContext) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with a key; the dialect stands at the root and, alone, at /toy."""
    routes = [*mount(TOY), Mount("/toy", standalone(TOY))]
    async with client_of(small_app(house, routes, small_database), {"x-toy": "old"}) as client:
        yield client
