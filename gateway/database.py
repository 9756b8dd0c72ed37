"""Open the database: one Tortoise context per application, entered for every request, socket and task.

Tortoise keeps its connections in a context variable. A context set in the lifespan task is invisible to request tasks,
and the library's global fallback allows one application per process; so each application owns its context.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from starlette.types import ASGIApp, Receive, Scope, Send
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext, _current_context

MODELS = "domain.models"
MIGRATIONS = "domain.models.migrations"
SQLITE_ENGINE = "gateway.sqlite_engine"
POSTGRES_ENGINE = "gateway.postgres_engine"
SQLITE_PRAGMAS = {"busy_timeout": "10000", "journal_mode": "WAL", "foreign_keys": "ON", "synchronous": "NORMAL"}
"""In this order: already the change of the journal mode may have to wait for others."""
POSTGRES_POOL = {"minsize": 1, "maxsize": 20}


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite://{quote(str(path))}"


def sqlite_path(url: str) -> str:
    """The file a SQLite URL names."""
    parts = urlsplit(url)
    return unquote(parts.netloc + parts.path)


def tortoise_config(url: str) -> dict[str, Any]:
    """What Tortoise needs for a URL: our SQLite engine, or asyncpg. Migrations are named for both."""
    return {
        "connections": {"default": _connection(url)},
        "apps": {"models": {"models": [MODELS], "default_connection": "default", "migrations": MIGRATIONS}},
        "use_tz": True,
        "timezone": "UTC",
    }


def _connection(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = sqlite_path(url) or ":memory:"
        credentials = {"file_path": path, **SQLITE_PRAGMAS, **dict(parse_qsl(parts.query))}
        return {"engine": SQLITE_ENGINE, "credentials": credentials}
    if parts.scheme in ("postgres", "postgresql", "asyncpg"):
        query = {**{k: str(v) for k, v in POSTGRES_POOL.items()}, **dict(parse_qsl(parts.query))}
        plain = urlunsplit(("asyncpg", parts.netloc, parts.path, urlencode(query), ""))
        return {**expand_db_url(plain), "engine": POSTGRES_ENGINE}
    raise ValueError(
        f"GATEHOUSE_DATABASE_URL must start with sqlite:// or postgresql://, not {parts.scheme or 'nothing'}://"
    )


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[TortoiseContext]:
    """Connect and enter the context for the running task and the tasks it starts; closed on the way out."""
    context = TortoiseContext()
    async with context:
        await context.init(config=tortoise_config(url))
        yield context


@contextmanager
def entered(context: TortoiseContext) -> Iterator[None]:
    """Use an open database in another task. Leaving does not close it."""
    token = _current_context.set(context)
    try:
        yield
    finally:
        _current_context.reset(token)


class DatabaseMiddleware:
    """Pure ASGI: enters the application's database for http and websocket alike."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        with entered(scope["app"].state.database):
            await self.app(scope, receive, send)


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite:")
