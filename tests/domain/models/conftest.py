"""An empty database of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.database import sqlite_url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: a SQLite file, then PostgreSQL."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "empty.db")
    return str(request.getfixturevalue("postgres_url"))
