"""Skyport, served at the root and at its prefix, over a platform with somebody in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from tortoise.context import TortoiseContext

from rest_compat._kit import docs_routes, mount, standalone
from rest_compat.skyport.routes import DIALECT
from tests.rest_compat.furnished import furnish, own_copy
from tests.rest_compat.houses import SmallHouse, client_of, small_app
from tests.rest_compat.skyport.world import World, build


@pytest.fixture(scope="session")
def furnished(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A database with the world in it, made once, and the world."""
    return furnish(sqlite_template, tmp_path_factory.mktemp("skyport") / "skyport.db", build)


@pytest.fixture
async def small_database(furnished: tuple[Path, World], tmp_path: Path) -> AsyncIterator[TortoiseContext]:
    async with own_copy(furnished[0], tmp_path) as context:
        yield context


@pytest.fixture
def world(furnished: tuple[Path, World], small_database: TortoiseContext) -> World:
    return furnished[1]


@pytest.fixture
def app(house: SmallHouse, small_database: TortoiseContext) -> Starlette:
    routes = [*docs_routes([DIALECT]), *mount(DIALECT), Mount("/skyport", standalone(DIALECT))]
    return small_app(house, routes, small_database)


@pytest.fixture
async def nobody(app: Starlette, world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without a key."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def panel(app: Starlette, world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with a key of the default flavour."""
    async with client_of(app, {"x-api-key": world.keys["docs"]}) as client:
        yield client
