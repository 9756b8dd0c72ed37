"""Become a process of our own that nobody's end takes along, run the instance, tell the starter how it went.

Reports one JSON object on stdout and closes it, after a failure by ending: {"ok": true}, or {"failed": errno, "said":
text} (0: the sandbox could not be made, and what it said), or {"busy": true} when another supervisor is there.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time

from . import limits
from .launch import Launch
from .record import EXITED, LOCK_NAME, read_record, supervisor_lives
from .spawn import StartError
from .supervisor import Supervisor

LOCK_WAIT_S = 5.0
"""The last supervisor may be saying its last words."""


def main(run_folder: str) -> None:
    """Returns at once in the process that was started; the supervisor is its grandchild."""
    os.umask(0o077)
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    report_fd = os.dup(1)
    _let_go_of_stdio()
    if not _take_lock(run_folder):
        _report(report_fd, {"busy": True})
        return
    limits.adopt_orphans()
    supervisor = Supervisor(run_folder, Launch.load(run_folder))
    try:
        supervisor.start()
    except StartError as error:
        _report(report_fd, {"failed": error.number, "said": error.said})
        return
    _report(report_fd, {"ok": True})
    os.close(report_fd)
    supervisor.run()


def _let_go_of_stdio() -> None:
    """Not stderr: what it says of a crash of ours goes to a file beside the record."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)


def _take_lock(run_folder: str) -> bool:
    """One supervisor per instance; the descriptor stays open as long as we live.

    Whoever holds it is ending, so we wait; or it has been started at the same time as we, then it is the one.
    """
    fd = os.open(os.path.join(run_folder, LOCK_NAME), os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if _another_runs(run_folder) or time.monotonic() > deadline:
                os.close(fd)
                return False
            time.sleep(0.01)


def _another_runs(run_folder: str) -> bool:
    record = read_record(run_folder)
    return record is not None and record["state"] != EXITED and supervisor_lives(record)


def _report(fd: int, message: dict[str, object]) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(fd, json.dumps(message).encode())
