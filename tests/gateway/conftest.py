"""Settings and replicas of tests: nothing of this machine reaches them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.settings import NOT_SETTINGS, PREFIX, Settings
from tests.gateway.served import Served, served, settings_for


@pytest.fixture
def empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The test runs in an empty folder, and no setting of the environment is left."""
    for name in [name for name in os.environ if name.startswith(PREFIX) and name not in NOT_SETTINGS]:
        monkeypatch.delenv(name)
    empty = tmp_path / "here"
    empty.mkdir()
    monkeypatch.chdir(empty)
    return empty


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a single replica with a node in memory."""
    return settings_for(tmp_path / "data")


@pytest.fixture
async def replica(settings: Settings) -> AsyncIterator[Served]:
    """One running replica, just started for the first time."""
    async with served(settings) as running:
        yield running
