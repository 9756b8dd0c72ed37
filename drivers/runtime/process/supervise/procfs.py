"""Reading /proc: who a pid is, who descends from it, how much memory it holds."""

from __future__ import annotations

import os

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Stat:
    """The fields of /proc/PID/stat we use. started_ticks: since boot, so that a reused pid is told apart."""

    __slots__ = ("parent_pid", "started_ticks", "state")

    def __init__(self, state: str, parent_pid: int, started_ticks: int) -> None:
        self.state = state
        self.parent_pid = parent_pid
        self.started_ticks = started_ticks


def read_stat(pid: int) -> Stat | None:
    """None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    fields = text[text.rindex(b")") + 2 :].split()
    return Stat(fields[0].decode(), int(fields[1]), int(fields[19]))


def boot_id() -> str:
    """Changes with every boot of the machine: pids of an earlier one mean nothing."""
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def is_alive(pid: int, started_ticks: int) -> bool:
    """Whether that very process still runs (a zombie does not)."""
    stat = read_stat(pid)
    return stat is not None and stat.started_ticks == started_ticks and stat.state not in "ZX"


def all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def children_by_parent() -> dict[int, list[int]]:
    """One scan over every process of the machine."""
    found: dict[int, list[int]] = {}
    for pid in all_pids():
        stat = read_stat(pid)
        if stat is not None:
            found.setdefault(stat.parent_pid, []).append(pid)
    return found


def descendants(pid: int) -> list[int]:
    """Everyone below pid, parents before their children."""
    by_parent = children_by_parent()
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = by_parent.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def resident_bytes(pid: int) -> int:
    """Resident memory, shared pages counted in full; 0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * PAGE_BYTES
    except (OSError, IndexError):
        return 0


def proportional_bytes(pid: int) -> int:
    """Resident memory, each shared page divided among those who share it; 0 when the process is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resident_bytes(pid)


def carries(pid: int, mark: bytes) -> bool:
    """Whether the process was started with this NAME=value in its environment."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return mark in file.read().split(b"\0")
    except OSError:
        return False
