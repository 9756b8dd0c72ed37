"""The record an instance's supervisor keeps of its run: who runs, since when, how it ended.

record.json, replaced as a whole at every change:
run_id, boot_id, supervisor_pid, supervisor_ticks (start time, so that a reused pid is never mistaken), main_pid,
main_ticks, sandboxed, state (running, paused, exited), started_at and exited_at (seconds since 1970), exit_code
(128 + n after signal n), out_of_memory, error (words for people).
"""

from __future__ import annotations

import json
import os

from . import procfs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RUNNING = "running"
PAUSED = "paused"
EXITED = "exited"

FILE_NAME = "record.json"
LOCK_NAME = "supervisor.lock"
"""Held by the supervisor as long as it lives: there is one per instance."""

RUN_MARK = "GATEHOUSE_RUN"
"""Variable that every process of a run carries, so that survivors of a killed supervisor are found."""


def read_record(run_folder: str) -> dict[str, Any] | None:
    """None when there is none, or when a power cut left an unreadable one."""
    try:
        with open(os.path.join(run_folder, FILE_NAME), "rb") as file:
            record = json.loads(file.read())
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def write_record(run_folder: str, record: dict[str, Any]) -> None:
    """Replace the record; a reader sees the old one or the new one, never a half."""
    path = os.path.join(run_folder, FILE_NAME)
    draft = f"{path}.{os.getpid()}"
    with open(draft, "w") as file:
        json.dump(record, file)
    os.replace(draft, path)


def supervisor_lives(record: dict[str, Any]) -> bool:
    """Whether the very supervisor that wrote this record still runs."""
    return record["boot_id"] == procfs.boot_id() and procfs.is_alive(
        record["supervisor_pid"], record["supervisor_ticks"]
    )
