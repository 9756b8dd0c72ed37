"""What can go wrong between us and the database, said as one error."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from asyncpg import InterfaceError, InternalClientError, PostgresError  # type: ignore[import-untyped]
from tortoise.exceptions import BaseORMException

from domain.errors import Unavailable

DATABASE_FAULTS = (
    BaseORMException,
    PostgresError,
    InterfaceError,
    InternalClientError,
    sqlite3.Error,
    OSError,
    TimeoutError,
)
"""The ORM passes on as they are what its driver raises when a connection breaks."""


@contextmanager
def unavailable_without_database() -> Iterator[None]:
    """Unavailable instead of whatever the database's driver raises."""
    try:
        yield
    except DATABASE_FAULTS as fault:
        raise Unavailable("The document cannot be reached right now.") from fault
