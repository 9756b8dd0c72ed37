"""Is an engine here, which version, and if not, why? Nothing is started to find out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.engines.docker_socket import answering_socket, engine_version

NODE_MAJOR_MIN = 20


@dataclass(frozen=True, slots=True)
class Probe:
    """version: None when the engine cannot be had here; note then says why, else how it will be had."""

    version: str | None
    note: str = ""


def version_of(program: str, *arguments: str) -> str | None:
    """The first thing like 12.3 or 12.3.4 that the program prints, or None when it does not run."""
    try:
        ran = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\d+(\.\d+)+", ran.stdout + ran.stderr)
    return found[0] if found else "unknown"


def postgres_binaries() -> Path | None:
    """The folder that holds both initdb and postgres, the newest release first."""

    def release(folder: Path) -> int:
        return int(folder.parent.name) if folder.parent.name.isdigit() else 0

    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=release, reverse=True)
    on_path = shutil.which("postgres")
    candidates = [*folders, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((f for f in candidates if (f / "postgres").exists() and (f / "initdb").exists()), None)


def _docker() -> Probe:
    if socket_path := answering_socket():
        return Probe(engine_version(socket_path), "answers already")
    if shutil.which("dockerd") is None:
        return Probe(None, "no engine answers and dockerd is not installed")
    if os.getuid() != 0:
        return Probe(None, "no engine answers and only root can start one")
    if shutil.which("busybox") is None:
        return Probe(None, "busybox-static, which the test image is made of, is not installed")
    return Probe(version_of("dockerd", "--version"), "started by this run")


def _postgres() -> Probe:
    folder = postgres_binaries()
    if folder is None:
        return Probe(None, "no PostgreSQL binaries found")
    if os.getuid() == 0 and shutil.which("setpriv") is None:
        return Probe(None, "PostgreSQL refuses root and there is no setpriv")
    return Probe(version_of(str(folder / "postgres"), "--version"), "started by this run")


def _redis() -> Probe:
    version = version_of("redis-server", "--version")
    return Probe(version, "started by this run" if version else "redis-server is not installed")


def _node() -> Probe:
    version = version_of("node", "--version")
    if version is None or shutil.which("npm") is None:
        return Probe(None, "node and npm are not installed")
    if int(version.split(".")[0]) < NODE_MAJOR_MIN:
        return Probe(None, f"node {version} is older than {NODE_MAJOR_MIN}")
    return Probe(version)


def chromium_binary() -> str | None:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def _chromium() -> Probe:
    binary = chromium_binary()
    version = version_of(binary, "--version") if binary else None
    return Probe(version, "" if version else "chromium is not installed")


def _bubblewrap() -> Probe:
    version = version_of("bwrap", "--version")
    if version is None:
        return Probe(None, "bubblewrap is not installed")
    tried = subprocess.run(["bwrap", "--ro-bind", "/", "/", "--unshare-pid", "true"], capture_output=True)
    return Probe(version) if tried.returncode == 0 else Probe(None, "bubblewrap may not make namespaces here")


def _ffmpeg() -> Probe:
    version = version_of("ffmpeg", "-version") if shutil.which("ffprobe") else None
    return Probe(version, "" if version else "ffmpeg is not installed")


def _poppler() -> Probe:
    version = version_of("pdftoppm", "-v")
    return Probe(version, "" if version else "poppler-utils is not installed")


_PROBES: dict[str, Callable[[], Probe]] = {
    "docker": _docker,
    "postgres": _postgres,
    "redis": _redis,
    "node": _node,
    "chromium": _chromium,
    "bubblewrap": _bubblewrap,
    "ffmpeg": _ffmpeg,
    "poppler": _poppler,
}
ENGINES = tuple(_PROBES)


@cache
def probe(engine: str) -> Probe:
    """Look once per run."""
    return _PROBES[engine]()
