"""The signing key: made once, closed to others, never guessed."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.faults import StartupError
from gateway.secret_key import data_folder, secret_key
from tests.gateway.served import settings_for


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    settings = settings_for(data_folder(settings_for(tmp_path / "data")))
    first = secret_key(settings)
    assert len(first) >= 32
    assert secret_key(settings) == first


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")
    secret_key(settings_for(data_folder(settings)))
    assert stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_of_many_first_starts_all_use_the_same(tmp_path: Path) -> None:
    settings = settings_for(data_folder(settings_for(tmp_path)))
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: secret_key(settings), range(16)))) == 1
    assert [path.name for path in tmp_path.glob("*secret*")] == ["secret_key"]


def test_a_set_key_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert secret_key(settings_for(tmp_path, secret_key="k" * 32)) == "k" * 32
    assert not (tmp_path / "secret_key").exists()


@pytest.mark.parametrize("shared", [{"database_url": "postgresql://db/x"}, {"redis_url": "redis://r"}])
def test_replicas_must_be_given_one(tmp_path: Path, shared: dict[str, str]) -> None:
    with pytest.raises(StartupError, match="GATEHOUSE_SECRET_KEY: must be set"):
        secret_key(settings_for(tmp_path, **shared))


def test_a_damaged_file_is_said_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("cut")
    with pytest.raises(StartupError, match="holds no key"):
        secret_key(settings_for(tmp_path))
    assert (tmp_path / "secret_key").read_text() == "cut"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartupError, match=r"GATEHOUSE_DATA_DIR: .* cannot be made"):
        data_folder(settings_for(tmp_path / "file" / "data"))


def test_a_folder_that_is_not_writable_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root, who may run this, may write everywhere
    with pytest.raises(StartupError, match="not writable"):
        data_folder(settings_for(tmp_path))
