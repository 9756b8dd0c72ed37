"""What a doctor looks at: each check says what it found and what to do about it; none of them changes anything."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import asyncpg  # type: ignore[import-untyped]
from tortoise.connection import get_connection
from tortoise.exceptions import BaseORMException

from domain.errors import DomainError
from domain.models.ids import uuid7
from domain.ports.runtime import NodeEngine
from gateway.database import is_sqlite, open_database
from gateway.faults import StartupError
from gateway.migrate import pending
from gateway.secret_key import FILE_NAME
from gateway.settings import Settings
from gateway.wiring import bus_of, runtime_factories, storage_of

ANSWER_S = 5.0
LEAST_DISK_BYTES = 1 << 30
MOST_SKEW_S = 2.0
BUILT_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Finding:
    """verdict: ok, note (works, but know it) or fault (must be done). remedy: what to do, empty when nothing."""

    what: str
    verdict: Literal["ok", "note", "fault"]
    found: str
    remedy: str = ""


Check = Callable[[Settings], Awaitable[Finding]]


async def checkup(settings: Settings) -> list[Finding]:
    """All checks, in order; each has a few seconds."""
    return [await _in_time(what, check, settings) for what, check in CHECKS.items()]


async def _in_time(what: str, check: Check, settings: Settings) -> Finding:
    try:
        async with asyncio.timeout(ANSWER_S):
            return await check(settings)
    except TimeoutError:
        return Finding(what, "fault", f"no answer in {ANSWER_S:g} s", "See whether it runs and is reachable.")


async def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    parent = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(parent, os.W_OK | os.X_OK):
        remedy = f"Give it to the user who runs Gatehouse: chown {os.getuid()} {parent}; or set GATEHOUSE_DATA_DIR."
        return Finding("data folder", "fault", f"{parent} is not writable", remedy)
    return Finding("data folder", "ok", str(folder) if folder.exists() else f"{folder} (made at the first start)")


async def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    free = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
    said = f"{free / (1 << 30):.1f} GiB free"
    if free < LEAST_DISK_BYTES:
        return Finding("disk", "fault", said, "Free some space, or move GATEHOUSE_DATA_DIR to a larger disk.")
    return Finding("disk", "ok", said)


async def _secret(settings: Settings) -> Finding:
    if settings.secret_key is not None:
        return Finding("secret key", "ok", "set by GATEHOUSE_SECRET_KEY")
    if settings.is_shared:
        remedy = "Set GATEHOUSE_SECRET_KEY, the same on every replica (openssl rand -base64 48)."
        return Finding("secret key", "fault", "not set, though PostgreSQL or Redis is used", remedy)
    path = settings.data_dir / FILE_NAME
    if not path.exists():
        return Finding("secret key", "ok", "made at the first start")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding("secret key", "fault", f"{path} can be read by others", f"chmod 600 {path}")
    return Finding("secret key", "ok", f"kept in {path}")


async def _clock(settings: Settings) -> Finding:
    now = datetime.now(UTC)
    if now < BUILT_AT:
        return Finding("clock", "fault", f"it says {now:%Y-%m-%d %H:%M}", "Set the clock (timedatectl set-ntp true).")
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


async def _database(settings: Settings) -> Finding:
    if (
        is_sqlite(settings.database)
        and settings.database_url is None
        and not (settings.data_dir / "gatehouse.db").exists()
    ):
        return Finding("database", "ok", "SQLite, made at the first start")
    try:
        async with open_database(settings.database):
            return await _look_at_database(settings)
    except (OSError, BaseORMException, asyncpg.PostgresError, sqlite3.Error) as exc:
        reason = str(exc).strip().splitlines()[0] if str(exc).strip() else type(exc).__name__
        remedy = "See whether it runs, and whether GATEHOUSE_DATABASE_URL names the right host, user and database."
        return Finding("database", "fault", reason, remedy)


async def _look_at_database(settings: Settings) -> Finding:
    connection = get_connection("default")
    if is_sqlite(settings.database):
        version = (await connection.execute_query("SELECT sqlite_version() AS v"))[1][0]["v"]
        said = f"SQLite {version}"
    else:
        row = (await connection.execute_query("SELECT version() AS v, now() AS t"))[1][0]
        said = " ".join(row["v"].split()[:2])
        if abs((row["t"] - datetime.now(UTC)).total_seconds()) > MOST_SKEW_S:
            remedy = "Set both clocks by NTP: leases and tokens count on them."
            return Finding("database", "fault", f"{said}; its clock differs from ours", remedy)
    missing = await pending(connection)
    if missing:
        said = f"{said}; {len(missing)} migrations pending"
        return Finding("database", "note", said, "serve and worker apply them; or run `gatehouse migrate` now.")
    return Finding("database", "ok", f"{said}, up to date")


async def _redis(settings: Settings) -> Finding:
    if settings.redis_url is None:
        return Finding("redis", "ok", "not used: bus and counters live in this process")
    bus = bus_of(settings)
    try:
        await bus.check()
    except DomainError as error:
        remedy = "See whether Redis runs and GATEHOUSE_REDIS_URL is right."
        return Finding("redis", "fault", error.message, remedy)
    finally:
        await bus.close()
    return Finding("redis", "ok", "it answers")


async def _storage(settings: Settings) -> Finding:
    if settings.storage == "disk":
        folder = settings.data_dir / "blobs"
        if not folder.exists():
            return Finding("storage", "ok", f"{folder} (made at the first start)")
        if not os.access(folder, os.W_OK | os.X_OK):
            return Finding("storage", "fault", f"{folder} is not writable", f"chown {os.getuid()} {folder}")
        if settings.is_shared:
            remedy = "With several replicas this must be one folder for all of them; or set GATEHOUSE_STORAGE=s3."
            return Finding("storage", "note", str(folder), remedy)
        return Finding("storage", "ok", str(folder))
    try:
        storage = storage_of(settings)
        await storage.check()
    except (DomainError, StartupError) as error:
        remedy = (
            "See whether the bucket exists, and GATEHOUSE_S3__BUCKET, ENDPOINT, ACCESS_KEY and SECRET_KEY are right."
        )
        return Finding("storage", "fault", str(error), remedy)
    return Finding("storage", "ok", f"bucket {settings.s3.bucket}")


async def _docker(settings: Settings) -> Finding:
    if settings.runtime not in ("auto", "docker"):
        return Finding("docker", "ok", f"not used: GATEHOUSE_RUNTIME is {settings.runtime}")
    runtime = None
    try:
        factories = runtime_factories(settings, settings.data_dir, "checkup")
        runtime = factories["docker"](NodeEngine(uuid7(), "docker", settings.docker_address))
        info = await runtime.check()
    except (DomainError, StartupError) as error:
        wanted = settings.runtime == "docker"
        remedy = "Start the engine, or set GATEHOUSE_DOCKER_ADDRESS; may this user read its socket (group docker)?"
        reason = str(error).rstrip(".")
        said = f"{reason}." if wanted else f"{reason}; the process driver is used instead."
        return Finding("docker", "fault" if wanted else "note", said, remedy)
    finally:
        if runtime is not None:
            await runtime.close()
    return Finding("docker", "ok", info.version)


async def _bubblewrap(settings: Settings) -> Finding:
    if shutil.which("bwrap"):
        return Finding("bubblewrap", "ok", "installed")
    remedy = "apt-get install bubblewrap, to seal off instances of the process driver and to allow commands in them."
    return Finding("bubblewrap", "note", "not installed", remedy)


async def _media(settings: Settings) -> Finding:
    packages = {"ffmpeg": "ffmpeg", "pdftoppm": "poppler-utils"}
    missing = [name for name in packages if not shutil.which(name)]
    if not missing:
        return Finding("media", "ok", "ffmpeg and pdftoppm are installed")
    remedy = f"apt-get install {' '.join(packages[name] for name in missing)}, for copies of videos, sounds and PDFs."
    return Finding("media", "note", f"not installed: {', '.join(missing)}", remedy)


CHECKS: dict[str, Check] = {
    "data folder": _data_folder,
    "disk": _disk,
    "secret key": _secret,
    "clock": _clock,
    "database": _database,
    "redis": _redis,
    "storage": _storage,
    "docker": _docker,
    "bubblewrap": _bubblewrap,
    "media": _media,
}
