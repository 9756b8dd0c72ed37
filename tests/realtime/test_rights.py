"""Rights on open files: who asks the same is answered once, and a fault in between loses no change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from tortoise.context import TortoiseContext

from domain.access import Actor
from domain.errors import Unavailable
from domain.jobs.feed import EventFeed
from domain.models.file import AccessLevel, File, FileKind, Visibility
from domain.ports import Ports
from realtime.rights import FileRights, Level
from tests.domain import rows
from tests.fakes import FakeClock
from tests.rest_compat.houses import memory_ports

GUEST = Actor.anonymous("realtime")


@dataclass
class Looker:
    """Judges as a test says, and counts how often it was asked. told: the levels it heard of."""

    level: AccessLevel = AccessLevel.READ
    asked: int = 0
    faults: int = 0
    told: list[Level] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def judge(self, file: File) -> AccessLevel:
        self.asked += 1
        self.changed.set()
        if self.faults:
            self.faults -= 1
            raise Unavailable("not now")
        return self.level

    def hear(self, level: Level) -> None:
        self.told.append(level)
        self.changed.set()

    async def until(self, check: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not check():
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
def ports() -> Ports:
    return memory_ports(FakeClock())


@pytest.fixture
def rights(ports: Ports) -> FileRights:
    return FileRights(ports, EventFeed(ports))


@pytest.fixture
async def file(database: TortoiseContext) -> File:
    tenant = await rows.tenant()
    return await File.create(
        tenant=tenant,
        public_id="f" * 24,
        kind=FileKind.TREE,
        name="a",
        content_type="x/y",
        visibility=Visibility.PUBLIC,
    )


@contextmanager
def running(rights: FileRights) -> Any:
    """As the background runs it: again after a fault."""

    async def keep() -> None:
        while True:
            with suppress(ExceptionGroup, Unavailable):
                await rights.look()

    task = asyncio.create_task(keep())
    try:
        yield
    finally:
        task.cancel()


async def test_the_level_that_is_known_is_not_told_again(rights: FileRights, file: File) -> None:
    looker = Looker()
    with running(rights), rights.watching(file.id, GUEST, looker.hear, known=AccessLevel.READ, judge=looker.judge):
        await looker.until(lambda: looker.asked == 1)
        looker.level = AccessLevel.WRITE
        rights.look_at(file.id)
        await looker.until(lambda: looker.told == [AccessLevel.WRITE])


async def test_those_who_ask_the_same_are_answered_once(rights: FileRights, file: File) -> None:
    looker = Looker()
    with running(rights):
        with (
            rights.watching(file.id, GUEST, looker.hear, judge=looker.judge),
            rights.watching(file.id, GUEST, looker.hear, judge=looker.judge),
        ):
            await looker.until(lambda: len(looker.told) == 2)
            assert looker.asked == 1
        assert rights.watched == 0


async def test_a_fault_in_between_loses_nothing(rights: FileRights, file: File) -> None:
    looker = Looker(faults=2)
    with running(rights), rights.watching(file.id, GUEST, looker.hear, judge=looker.judge):
        await looker.until(lambda: looker.told == [AccessLevel.READ])
        assert looker.asked == 3


async def test_a_file_that_is_gone_has_no_level(rights: FileRights, file: File) -> None:
    looker = Looker()
    with running(rights), rights.watching(file.id, GUEST, looker.hear, known=AccessLevel.READ):
        await file.delete()
        rights.look_at(file.id)
        await looker.until(lambda: looker.told == [None])


async def test_what_it_is_part_of_counts_too(rights: FileRights, file: File) -> None:
    looker = Looker()
    whole = UUID(int=7)
    with (
        running(rights),
        rights.watching(file.id, GUEST, looker.hear, judge=looker.judge, within=frozenset({whole})),
    ):
        await looker.until(lambda: looker.told == [AccessLevel.READ])
        looker.level = AccessLevel.NONE
        rights.look_at(whole)
        await looker.until(lambda: looker.told[-1] is AccessLevel.NONE)
