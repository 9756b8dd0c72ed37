"""What is true of an instance now, from its record and /proc; and burying a run whose supervisor was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from domain.ports.runtime import Observed, RuntimeState
from drivers.runtime.process.folders import InstanceFolder
from drivers.runtime.process.supervise import procfs
from drivers.runtime.process.supervise.family import send
from drivers.runtime.process.supervise.record import (
    EXITED,
    LOCK_NAME,
    PAUSED,
    RUN_MARK,
    read_record,
    supervisor_lives,
    write_record,
)

SIGKILL_EXIT_CODE = 128 + signal.SIGKILL
SURVIVORS_WAIT_S = 2.0


def observe(folder: InstanceFolder) -> Observed | None:
    """None when there is no such instance. Reads a few small files."""
    if not folder.exists:
        return None
    record = current_record(folder)
    runtime_id = f"process:{folder.instance_id}"
    if record is None:
        return Observed(folder.instance_id, runtime_id, RuntimeState.CREATED)
    return Observed(
        folder.instance_id,
        runtime_id,
        _state(record),
        exit_code=record["exit_code"],
        out_of_memory=record["out_of_memory"],
        error=record["error"],
        started_at=datetime.fromtimestamp(record["started_at"], UTC),
    )


def current_record(folder: InstanceFolder) -> dict[str, Any] | None:
    """The record of the last run, made true when its supervisor could not; None when it never ran."""
    record = read_record(str(folder.run))
    if record is None or record["state"] == EXITED or supervisor_lives(record):
        return record
    again = read_record(str(folder.run))
    if again is None or again["run_id"] != record["run_id"] or again["state"] == EXITED:
        return again
    return _bury(folder, record)


def is_live(record: dict[str, Any] | None) -> bool:
    """Running or paused."""
    return record is not None and record["state"] != EXITED


def end_supervisor(folder: InstanceFolder) -> None:
    """The last resort when a supervisor does not answer: its main process dies with it."""
    record = read_record(str(folder.run))
    if record is not None and supervisor_lives(record):
        send(record["supervisor_pid"], signal.SIGKILL)


def _state(record: dict[str, Any]) -> RuntimeState:
    if record["state"] == EXITED:
        return RuntimeState.STOPPED
    return RuntimeState.PAUSED if record["state"] == PAUSED else RuntimeState.RUNNING


def _bury(folder: InstanceFolder, record: dict[str, Any]) -> dict[str, Any]:
    """Its supervisor is gone without a word: end whoever of the run is left and write what can be said."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(record["supervisor_pid"], os.WNOHANG)
    if record["boot_id"] == procfs.boot_id():
        _end_survivors(record["run_id"])
    record |= {
        "state": EXITED,
        "exit_code": SIGKILL_EXIT_CODE,
        "exited_at": time.time(),
        "error": "It ended together with the process that watched over it.",
    }
    with contextlib.suppress(OSError), _nobody_starting(folder):
        now = read_record(str(folder.run))
        if now is not None and now["run_id"] == record["run_id"]:
            write_record(str(folder.run), record)
    return record


@contextlib.contextmanager
def _nobody_starting(folder: InstanceFolder) -> Iterator[None]:
    """BlockingIOError when a new supervisor is there already: the record is its own then."""
    fd = os.open(folder.run / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(fd)


def _end_survivors(run_id: str) -> None:
    """Whoever forked away from the main process still carries the run's mark; nobody else does."""
    mark = f"{RUN_MARK}={run_id}".encode()
    deadline = time.monotonic() + SURVIVORS_WAIT_S
    while survivors := [pid for pid in procfs.all_pids() if procfs.carries(pid, mark)]:
        for pid in survivors:
            send(pid, signal.SIGKILL)
        if time.monotonic() > deadline:
            return
        time.sleep(0.01)
