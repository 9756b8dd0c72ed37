"""Node with the packages of tests/clients, Chromium and bubblewrap: programs rather than servers."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.engines.plugin import give_up, need
from tests.engines.probe import chromium_binary

CLIENTS = Path(__file__).resolve().parents[1] / "clients"


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node.js, 20 or newer."""
    need("node")
    return str(shutil.which("node"))


@pytest.fixture(scope="session")
def node_modules(node: str) -> Path:
    """tests/clients/node_modules, installed as its lock says; scripts in tests/clients import from it."""
    with (CLIENTS / ".install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install()
    return CLIENTS / "node_modules"


def _install() -> None:
    wanted = hashlib.sha256((CLIENTS / "package-lock.json").read_bytes()).hexdigest()
    stamp = CLIENTS / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    ran = subprocess.run(command, cwd=CLIENTS, capture_output=True, text=True, timeout=300)
    if ran.returncode != 0:
        give_up("node", f"npm ci failed: {ran.stderr.strip()[-500:]}")
    stamp.write_text(wanted)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium. As root it needs --no-sandbox --disable-gpu --disable-dev-shm-usage."""
    need("chromium")
    return str(chromium_binary())


@pytest.fixture(scope="session")
def bubblewrap() -> str:
    """The path of a bwrap that may make namespaces."""
    need("bubblewrap")
    return str(shutil.which("bwrap"))


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """The path of ffmpeg; ffprobe lies beside it."""
    need("ffmpeg")
    return str(shutil.which("ffmpeg"))


@pytest.fixture(scope="session")
def poppler() -> str:
    """The path of pdftoppm."""
    need("poppler")
    return str(shutil.which("pdftoppm"))
