"""What the doctor finds, and what it says to do."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from gateway.checkup import Finding, checkup
from gateway.migrate import migrate
from gateway.secret_key import data_folder, secret_key
from gateway.settings import S3Settings, Settings
from tests.engines.process import free_port
from tests.gateway.cli.command import Gatehouse, gatehouse
from tests.gateway.served import settings_for

__all__ = ["gatehouse"]


async def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.what: finding for finding in await checkup(settings)}


async def test_a_fresh_machine_is_fine_and_stays_untouched(settings: Settings) -> None:
    found = await findings(settings)
    assert list(found) == [
        "data folder", "disk", "secret key", "clock", "database", "redis", "storage", "docker", "bubblewrap", "media",
    ]  # fmt: skip
    assert not any(finding.verdict == "fault" for finding in found.values())
    assert not settings.data_dir.exists()


async def test_a_used_machine_is_fine(settings: Settings) -> None:
    secret_key(settings_for(data_folder(settings)))
    await migrate(settings.database)
    found = await findings(settings)
    assert found["database"].found.endswith("up to date")
    assert not any(finding.verdict == "fault" for finding in found.values())


async def test_pending_migrations_are_a_note(settings: Settings) -> None:
    data_folder(settings)
    sqlite3.connect(settings.data_dir / "gatehouse.db").close()
    found = (await findings(settings))["database"]
    assert (found.verdict, "migrations pending" in found.found) == ("note", True)


async def test_a_file_that_is_no_database_is_a_fault(settings: Settings) -> None:
    (data_folder(settings) / "gatehouse.db").write_text("not a database at all, whatever its name says" * 30)
    assert (await findings(settings))["database"].verdict == "fault"


async def test_a_readable_key_is_a_fault_with_the_command_that_mends_it(settings: Settings) -> None:
    secret_key(settings_for(data_folder(settings)))
    path = settings.data_dir / "secret_key"
    path.chmod(0o644)
    found = (await findings(settings))["secret key"]
    assert (found.verdict, found.remedy) == ("fault", f"chmod 600 {path}")


async def test_replicas_without_a_key_are_a_fault(tmp_path: Path, redis_url: str) -> None:
    found = await findings(settings_for(tmp_path, redis_url=redis_url))
    assert found["secret key"].verdict == "fault"
    assert found["redis"].found == "it answers"


async def test_what_does_not_answer_is_a_fault_without_passwords(tmp_path: Path) -> None:
    settings = settings_for(
        tmp_path,
        database_url=f"postgresql://gatehouse:hush@127.0.0.1:{free_port()}/gatehouse",
        redis_url=f"redis://:hush@127.0.0.1:{free_port()}/0",
        secret_key="k" * 40,
    )
    found = await findings(settings)
    assert (found["database"].verdict, found["redis"].verdict) == ("fault", "fault")
    assert not any("hush" in finding.found + finding.remedy for finding in found.values())
    assert all(finding.remedy for finding in found.values() if finding.verdict == "fault")


async def test_a_server_that_hangs_is_a_fault_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.checkup.ANSWER_S", 0.2)
    mute = await asyncio.start_server(lambda reader, writer: asyncio.sleep(60), "127.0.0.1", 0)
    async with mute:
        port = mute.sockets[0].getsockname()[1]
        url = f"postgresql://gatehouse@127.0.0.1:{port}/gatehouse"
        found = (await findings(settings_for(tmp_path, database_url=url, secret_key="k" * 40)))["database"]
    assert (found.verdict, found.found) == ("fault", "no answer in 0.2 s")


async def test_postgres_is_looked_into(tmp_path: Path, postgres_url: str) -> None:
    settings = settings_for(tmp_path, database_url=postgres_url, secret_key="k" * 40)
    assert (await findings(settings))["database"].verdict == "note"
    await migrate(postgres_url)
    found = (await findings(settings))["database"]
    assert found.verdict == "ok"
    assert found.found.startswith("PostgreSQL ")


@pytest.mark.parametrize(("runtime", "verdict"), [("auto", "note"), ("docker", "fault"), ("process", "ok")])
async def test_docker_is_needed_only_when_it_is_chosen(tmp_path: Path, runtime: str, verdict: str) -> None:
    settings = settings_for(tmp_path, runtime=runtime, docker_address="unix:///nowhere/docker.sock")
    assert (await findings(settings))["docker"].verdict == verdict


async def test_a_real_engine_is_found(tmp_path: Path, docker_engine: str) -> None:
    settings = settings_for(tmp_path, runtime="docker", docker_address=docker_engine)
    assert (await findings(settings))["docker"].verdict == "ok"


async def test_a_full_disk_is_a_fault(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    assert (await findings(settings))["disk"].verdict == "fault"


def test_the_command_says_it_all_and_its_code_tells(gatehouse: Gatehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_RUNTIME", "process")
    assert gatehouse("doctor").code == 0
    monkeypatch.setenv("GATEHOUSE_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    said = gatehouse("doctor")
    assert said.code == 1
    assert "fault redis: " in said.out
    assert "      → See whether Redis runs" in said.out
    assert {found["what"] for found in json.loads(gatehouse("doctor", "--json").out)} >= {"redis", "disk"}


async def test_a_storage_folder_that_cannot_be_written_is_a_fault(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write everywhere, so the question is answered for it."""
    (settings.data_dir / "blobs").mkdir(parents=True)
    assert (await findings(settings))["storage"].verdict == "ok"
    asked = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "blobs" not in str(path) and asked(path, mode))
    assert (await findings(settings))["storage"].verdict == "fault"


async def test_a_bucket_that_is_away_or_unnamed_is_a_fault(settings: Settings) -> None:
    unnamed = settings.model_copy(update={"storage": "s3"})
    assert "S3__BUCKET" in (await findings(unnamed))["storage"].found
    keys = {"access_key": "a", "secret_key": "b"}
    away = S3Settings.model_validate({"bucket": "mine", "endpoint": "http://127.0.0.1:1", **keys})
    found = (await findings(unnamed.model_copy(update={"s3": away})))["storage"]
    assert (found.verdict, bool(found.remedy)) == ("fault", True)
