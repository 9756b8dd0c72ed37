"""Replicas with a realtime database in them, and people who may and may not use it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.models import File, FileKind, Tenant, TenantRole
from domain.models.file import AccessLevel, Share, ShareSubject
from gateway.database import entered
from gateway.wiring import Drivers
from tests.domain.people import SYSTEM, a_user, tenant_of
from tests.fakes import FakeClock
from tests.gateway.graphql.people import Person
from tests.gateway.served import Served, served, settings_for
from tests.realtime.rtdb.client import Client, client_of

SECRET = "a secret of the tests, long enough to sign with"
FILE_ID = "tree00000000000000000000"


@dataclass(slots=True)
class Place:
    """A replica (`there`: another one, or the same) with one database in it. anna owns it, bert may write it, rita may
    read it, cora may comment, vera is of another tenant."""

    here: Served
    there: Served
    file: File
    anna: Person
    bert: Person
    rita: Person
    cora: Person
    vera: Person

    def client(
        self, who: Person | None = None, *, at: Served | None = None, file_id: str = FILE_ID, **query: str
    ) -> AbstractAsyncContextManager[Client]:
        replica = at or self.here
        url = f"{replica.websocket_url}/ws/rtdb/{file_id}"
        return client_of(url, (who or self.anna).token, **query)

    def guest(self, **query: str) -> AbstractAsyncContextManager[Client]:
        return client_of(f"{self.here.websocket_url}/ws/rtdb/{FILE_ID}", None, **query)


@pytest.fixture
def clock() -> FakeClock:
    """The replicas' clock in tests that ask for it by `moved`."""
    return FakeClock()


@pytest.fixture
def drivers() -> Drivers | None:
    """A test module overrides this to bring its own."""
    return None


@pytest.fixture
async def place(database_url: str, tmp_path: Path, drivers: Drivers | None) -> AsyncIterator[Place]:
    """One replica, once on SQLite and once on PostgreSQL."""
    async with served(_settings(tmp_path, database_url=database_url), drivers) as one:
        yield await _furnished(one, one)


@pytest.fixture
async def lite(sqlite_database_url: str, tmp_path: Path, drivers: Drivers | None) -> AsyncIterator[Place]:
    """One replica on SQLite."""
    async with served(_settings(tmp_path, database_url=sqlite_database_url), drivers) as one:
        yield await _furnished(one, one)


@pytest.fixture
async def pair(postgres_database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Place]:
    """Two replicas on one PostgreSQL and one Redis."""
    async with two_replicas(tmp_path, postgres_database_url, redis_url) as place:
        yield place


@asynccontextmanager
async def two_replicas(folder: Path, database_url: str, redis_url: str) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        both = [
            await stack.enter_async_context(
                served(_settings(folder / name, database_url=database_url, redis_url=redis_url))
            )
            for name in ("here", "there")
        ]
        yield await _furnished(*both)


def _settings(folder: Path, **chosen: Any) -> Any:
    return settings_for(folder / "data", seed=False, secret_key=SECRET, **chosen)


async def _furnished(here: Served, there: Served) -> Place:
    with entered(here.house.database):
        anna = await _person(here, "anna")
        bert = await _person(here, "bert", tenant=anna.tenant, role=TenantRole.OPERATOR)
        rita, cora, vera = [await _person(here, name) for name in ("rita", "cora", "vera")]
        file = await File.create(
            tenant_id=anna.tenant.id,
            public_id=FILE_ID,
            kind=FileKind.TREE,
            name="tree",
            content_type="cloudillo/rtdb",
            creator_id=anna.user.id,
        )
        for who, level in ((rita, AccessLevel.READ), (cora, AccessLevel.COMMENT)):
            await share(file, who, level)
        return Place(here, there, file, anna, bert, rita, cora, vera)


async def share(file: File, who: Person, level: AccessLevel) -> Share:
    return await Share.create(
        tenant_id=file.tenant_id,
        file_id=file.id,
        subject_kind=ShareSubject.USER,
        subject=who.user.username,
        user_id=who.user.id,
        level=level,
        created_by="anna",
    )


async def _person(
    at: Served, name: str, *, tenant: Tenant | None = None, role: TenantRole = TenantRole.OWNER
) -> Person:

    user = await a_user(at.house.ports, name, tenant=tenant, role=role)
    _, token = await create_api_key(at.house.ports, SYSTEM, KeySpec(door="graphql", user_id=user.id))
    return Person(user, tenant or await tenant_of(user), token)
