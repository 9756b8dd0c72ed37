"""Everyone who descends from the supervisor: how much memory they hold together, and signals to all of them."""

from __future__ import annotations

import contextlib
import os
import signal
import time

from . import procfs

RESCAN_S = 1.0
"""A scan of /proc finds new processes; between two scans only the known ones are weighed."""

SCAN_SHARE = 50
"""On a crowded machine scans cost more: then they are rarer, at most 1/SCAN_SHARE of one core."""


STOP_ROUNDS = 10
STILL_WAIT_S = 0.5
"""A process deep in the kernel stops only when it comes back from there."""


class Family:
    """The descendants of this process, as of the last scan."""

    def __init__(self) -> None:
        self._pids: list[int] = []
        self._scan_due = 0.0

    def rescan(self) -> list[int]:
        """Everyone there is now."""
        began = time.monotonic()
        self._pids = procfs.descendants(os.getpid())
        ended = time.monotonic()
        self._scan_due = ended + max(RESCAN_S, (ended - began) * SCAN_SHARE)
        return self._pids

    def known(self) -> list[int]:
        """Everyone, from a scan that may be RESCAN_S old."""
        return self.rescan() if time.monotonic() >= self._scan_due else self._pids

    def holds_more_than(self, memory_bytes: int) -> bool:
        """Compare with the cheap upper figure first; only when that is above, with the true one."""
        if sum(map(procfs.resident_bytes, self.known())) <= memory_bytes:
            return False
        return sum(map(procfs.proportional_bytes, self.rescan())) > memory_bytes

    def children(self) -> list[int]:
        """Direct children, zombies included: their pids cannot be reused before we wait for them."""
        return procfs.children_by_parent().get(os.getpid(), [])

    def hold_still(self) -> None:
        """SIGSTOP everyone, again until nobody new was forked meanwhile; they do hold still when this returns."""
        stopped: set[int] = set()
        for _ in range(STOP_ROUNDS):
            fresh = [pid for pid in self.rescan() if pid not in stopped]
            if not fresh:
                return
            for pid in fresh:
                send(pid, signal.SIGSTOP)
            _wait_until_still(fresh)
            stopped.update(fresh)

    def go_on(self) -> None:
        """SIGCONT everyone, the youngest first, so that no parent sees a child it believes asleep."""
        for pid in reversed(self.rescan()):
            send(pid, signal.SIGCONT)


def _wait_until_still(pids: list[int]) -> None:
    deadline = time.monotonic() + STILL_WAIT_S
    while time.monotonic() < deadline and any(_moves(pid) for pid in pids):
        time.sleep(0.001)


def _moves(pid: int) -> bool:
    stat = procfs.read_stat(pid)
    return stat is not None and stat.state not in "TtZX"


def send(pid: int, number: int) -> None:
    """A signal to one process that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def send_group(group_id: int, number: int) -> None:
    """A signal to a process group that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group_id, number)
