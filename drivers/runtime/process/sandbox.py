"""Bubblewrap: whether it works on this machine, and what an instance sees from inside.

Read-only: the system's programs and libraries, this interpreter, the shipped images. Its own: /data, /tmp, /proc and
process ids, host name. Shared with the machine: the network, so that its port answers. Nothing else is visible.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from drivers.runtime.process.environment import IMAGES

INSIDE_PROGRAM = "/run/gatehouse/inside.py"
HOME = "/data"
PROBE_TIMEOUT_S = 10.0
SHARED_MEMORY_BYTES = 16 * 1024 * 1024
"""/dev/shm is memory no process is seen to hold, so it is kept small."""

_INSIDE_SOURCE = Path(__file__).parent / "supervise" / "inside.py"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = (
    "alternatives",
    "ca-certificates.conf",
    "group",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "passwd",
    "pki",
    "protocols",
    "resolv.conf",
    "services",
    "ssl/certs",
    "ssl/openssl.cnf",
    "timezone",
)
_APART = ("--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent", "--cap-drop", "ALL")


def working_bubblewrap() -> str | None:
    """Path of a bubblewrap that can make our sandbox here; None when there is none. Once proven, not tried again."""
    bwrap = shutil.which("bwrap")
    try:
        return bwrap and _proven(bwrap)
    except (OSError, subprocess.SubprocessError):
        return None


@lru_cache
def _proven(bwrap: str) -> str:
    """Raises when it does not work: that is not remembered."""
    mounts = [*_system(), *_programs()]
    argv = [bwrap, "--unshare-user", "--unshare-pid", *_APART, *mounts, "--", sys.executable, "-I", "-S", "-c", ""]
    subprocess.run(argv, env={}, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_TIMEOUT_S, check=True)
    return bwrap


def bubblewrap_version(bwrap: str) -> str:
    """As it prints it: bubblewrap 0.8.0."""
    said = subprocess.run([bwrap, "--version"], capture_output=True, text=True, timeout=PROBE_TIMEOUT_S)
    return said.stdout.strip()


def sandbox_args(name: str, data: Path, tmp: Path, root: Path) -> list[str]:
    """Everything but the namespaces of processes and users, which a second command in the sandbox joins.

    root: the folder of all instances; hidden in case it lies below something that is mounted.
    """
    args = [*_APART, "--hostname", name, *_system(), "--bind", str(tmp), "/tmp", *_programs()]
    if any(root.is_relative_to(folder) for folder in _program_folders()):
        args += ["--tmpfs", str(root)]
    return [*args, "--bind", str(data), HOME, "--chdir", HOME, "--remount-ro", "/"]


def _system() -> list[str]:
    args: list[str] = []
    for folder in map(Path, _SYSTEM):
        if folder.is_symlink():
            args += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.exists():
            args += ["--ro-bind", str(folder), str(folder)]
    for setting in _SETTINGS:
        args += ["--ro-bind-try", f"/etc/{setting}", f"/etc/{setting}"]
    args += ["--proc", "/proc", "--dev", "/dev"]
    return [*args, "--size", str(SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]


def _programs() -> list[str]:
    folders = [part for path in _program_folders() for part in ("--ro-bind", str(path), str(path))]
    return [*folders, "--ro-bind", str(_INSIDE_SOURCE), INSIDE_PROGRAM]


def _program_folders() -> list[Path]:
    """The interpreter (a virtual environment and the one it was made from) and the images, where not in /usr."""
    wanted = [Path(sys.prefix), Path(sys.base_prefix), IMAGES]
    return [path for path in dict.fromkeys(wanted) if not path.is_relative_to("/usr")]
