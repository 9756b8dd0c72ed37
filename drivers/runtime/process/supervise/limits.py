"""What a child may take, set between fork and exec; and whose death is its death."""

from __future__ import annotations

import ctypes
import os
import resource
import signal

DATA_SLACK_BYTES = 256 * 1024 * 1024
"""Private writable memory a single process may map above its limit. The watch over what is really used kills exactly
at the limit; this only bounds how far a process can run ahead between two looks. Address space is not limited: many
runtimes reserve far more than they touch."""

OPEN_FILES = 4096
PROCESSES = 256
"""Processes of one instance; counted by the watch, since RLIMIT_NPROC counts everything of our user."""

KILL_ME_FIRST = 500
"""oom_score_adj: when the whole machine runs out of memory, an instance goes before the gateway."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """Whoever loses its parent below us becomes our child: nobody of an instance escapes by forking twice."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent_pid: int) -> None:
    """Be killed when the parent dies, even by SIGKILL; also when it died before this call."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal.SIGKILL)


def limit(memory_bytes: int, nice: int) -> None:
    """Set this process's limits; everything it starts inherits them."""
    _lower(resource.RLIMIT_DATA, memory_bytes + DATA_SLACK_BYTES)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    _lower(resource.RLIMIT_CORE, 0)
    os.nice(nice)
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(KILL_ME_FIRST))


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
