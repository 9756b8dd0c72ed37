"""A database with a scene in it: made once for a run, copied for each test."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from tortoise.context import TortoiseContext

from domain.ports import Ports
from gateway.database import open_database, sqlite_url
from tests.fakes import FakeClock
from tests.rest_compat.houses import memory_ports

S = TypeVar("S")


def furnish(template: Path, path: Path, build: Callable[[Ports], Awaitable[S]]) -> tuple[Path, S]:
    """A copy of the empty database at that path, with what `build` puts there; and the scene it tells of."""
    shutil.copyfile(template, path)

    async def furnished() -> S:
        async with open_database(sqlite_url(path)):
            return await build(memory_ports(FakeClock()))

    return path, asyncio.run(furnished())


@asynccontextmanager
async def own_copy(furnished: Path, folder: Path) -> AsyncIterator[TortoiseContext]:
    """The test's own copy, open; SQLite is enough where only the door is looked at."""
    path = folder / furnished.name
    shutil.copyfile(furnished, path)
    async with open_database(sqlite_url(path)) as context:
        yield context
