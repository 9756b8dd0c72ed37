"""A small house for the tests of dialects: the routes, a database, memory drivers, and nothing that runs beside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from tortoise.context import TortoiseContext

from domain.accounts.identity_cache import IdentityCache
from domain.limits import Rate
from domain.ports import Ports
from domain.tenants.directory import TenantDirectory
from drivers.bus.memory import MemoryBus
from drivers.counters.memory import MemoryCounters
from drivers.leases.memory import MemoryLeases
from drivers.storage.memory import MemoryStorage
from gateway.database import DatabaseMiddleware
from tests.fakes import FakeClock, MemoryRuntimes

NO_LIMIT = Rate(0, 60.0)
COUNTED_AS = ("skyport", "toy", "cloudillo", "cloudillo_signed_in")


def memory_ports(clock: FakeClock) -> Ports:
    """Ports of memory drivers."""
    return Ports(
        runtimes=MemoryRuntimes(clock),
        bus=MemoryBus(),
        counters=MemoryCounters(clock),
        leases=MemoryLeases(clock),
        storage=MemoryStorage(),
        clock=clock,
        secret_key="a secret of the tests, long enough to sign with",
    )


@dataclass
class SmallHouse:
    """What dialects find at request.app.state.house. rates: by dialect."""

    ports: Ports
    identities: IdentityCache = field(default_factory=lambda: IdentityCache(5.0))
    rates: dict[str, Rate] = field(default_factory=lambda: dict.fromkeys(COUNTED_AS, NO_LIMIT))
    cors_origins: tuple[str, ...] = ("*",)
    passkey_origins: tuple[str, ...] = ()
    directory: TenantDirectory = field(default_factory=lambda: TenantDirectory("gatehouse.localhost"))

    @property
    def settings(self) -> Any:
        return SimpleNamespace(
            rates=SimpleNamespace(**self.rates),
            cors_origins=self.cors_origins,
            passkey_origins=self.passkey_origins,
        )

    def limit(self, **changes: Any) -> None:
        """Turn numbers of the domain."""
        self.ports = replace(self.ports, limits=replace(self.ports.limits, **changes))


def small_app(house: SmallHouse, routes: list[BaseRoute], database: TortoiseContext) -> Starlette:
    """An application that has only these routes."""
    app = Starlette(routes=routes, middleware=[Middleware(DatabaseMiddleware)])
    app.state.house = house
    app.state.database = database
    return app


@asynccontextmanager
async def client_of(app: Starlette, headers: Mapping[str, str] | None = None) -> AsyncIterator[httpx2.AsyncClient]:
    """An HTTP client that talks to the app without a socket."""
    transport = httpx2.ASGITransport(app=app, client=("192.0.2.7", 4711))
    async with httpx2.AsyncClient(transport=transport, base_url="http://panel", headers=headers) as client:
        yield client
