"""Processes of a container as the machine sees them, where the engine runs on this machine."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def kill_with(variable: str, runtime_id: str) -> int:
    """Kill what has `NAME=value` in its environment and belongs to that container. Returns how many."""
    return sum(_kill(process, variable.encode(), runtime_id) for process in Path("/proc").glob("[0-9]*"))


def _kill(process: Path, variable: bytes, runtime_id: str) -> bool:
    try:
        if variable not in (process / "environ").read_bytes().split(b"\0"):
            return False
        if runtime_id not in (process / "cgroup").read_text():
            return False
        os.kill(int(process.name), signal.SIGKILL)
    except OSError:
        return False  # gone, or not ours to see
    return True
