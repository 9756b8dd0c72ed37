"""The application: one Starlette app per replica; several may live in one process."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from gateway.database import DatabaseMiddleware
from gateway.first_start import first_start
from gateway.graphql.routes import graphql_routes
from gateway.http.errors import http_fault
from gateway.http.figures import metrics
from gateway.http.health import healthz, readyz
from gateway.http.hosts import DIALECTS, Doors
from gateway.http.index import index
from gateway.http.observe import Observe
from gateway.running import Running
from gateway.settings import Settings
from gateway.wiring import Drivers, wire
from rest_compat._kit.pages import docs_routes


def create_app(
    settings: Settings, drivers: Drivers | None = None, say: Callable[[str], object] = sys.stdout.write
) -> Starlette:
    """The app; its database and tasks live as long as its lifespan. drivers: instead of those of the settings.
    say: is told, once in the life of a database, what the first start has to say.

    StartupError: routes collide, or a dialect is unknown; in the lifespan: what wire() and first_start() raise.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with wire(settings, drivers) as house:
            app.state.house = house
            app.state.database = house.database
            app.state.running = Running(house, embed_worker=settings.worker)
            await app.state.running.recover()
            await first_start(house, say)
            await app.state.running.start()
            try:
                yield
            finally:
                await app.state.running.stop()

    doors = Doors(own_routes(), settings.root_dialects, settings.hosts)
    return Starlette(
        routes=[doors],
        lifespan=lifespan,
        middleware=[Middleware(Observe), Middleware(DatabaseMiddleware)],
        exception_handlers={HTTPException: http_fault},
    )


def own_routes() -> list[BaseRoute]:
    """Everything at the root that belongs to no dialect."""
    return [
        Route("/", index),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        *graphql_routes(),
        *docs_routes(list(DIALECTS.values())),
    ]
