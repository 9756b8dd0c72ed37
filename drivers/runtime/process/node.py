"""What the process driver says of its node."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import psutil

from domain.ports.runtime import Capability, RuntimeInfo
from drivers.runtime.process.sandbox import bubblewrap_version

ALWAYS = frozenset({Capability.PAUSE, Capability.LOGS, Capability.STATS, Capability.SNAPSHOT, Capability.ARCHIVE})
IN_A_SANDBOX = frozenset({Capability.EXEC, Capability.CONSOLE})
"""Not there at all: PULL (an image is a command of this machine), PORT_MAPPING (the network is the machine's own),
LIVE_RESIZE (CPU is only a priority here) and HARD_MEMORY_LIMIT (the supervisor looks five times a second and kills what
exceeds its memory, but between two looks more can be used)."""


def capabilities_of(bwrap: str | None) -> frozenset[Capability]:
    return ALWAYS if bwrap is None else ALWAYS | IN_A_SANDBOX


def describe(root: Path, bwrap: str | None) -> RuntimeInfo:
    """OSError when the folder of instances cannot be used."""
    sandbox = "no sandbox" if bwrap is None else bubblewrap_version(bwrap)
    version = f"processes on {platform.system()} {platform.release()}, Python {platform.python_version()}, {sandbox}"
    return RuntimeInfo(
        version=version,
        cpu_millis=(psutil.cpu_count() or 1) * 1000,
        memory_bytes=psutil.virtual_memory().total,
        disk_free_bytes=shutil.disk_usage(root).free,
    )
