"""Who is present, as the replicas tell it: pure bookkeeping, no I/O.

Each replica counts its changes. A reader that finds a hole in the count asks for the whole list again, so a lost
message costs one question and never a wrong list for long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ChangeKind(StrEnum):
    JOIN = "join"
    UPDATE = "update"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Change:
    """info: what is known of the member now; for LEAVE what was known last."""

    kind: ChangeKind
    member_id: str
    info: Any


@dataclass(slots=True)
class _Replica:
    """count: of its changes. heard_at: seconds of the loop's clock."""

    count: int
    heard_at: float
    members: dict[str, Any] = field(default_factory=dict)


class Others:
    """The members of all other replicas."""

    def __init__(self) -> None:
        self._replicas: dict[str, _Replica] = {}

    def members(self) -> dict[str, Any]:
        """Member id → info."""
        return {member_id: info for replica in self._replicas.values() for member_id, info in replica.members.items()}

    def take(self, source: str, count: int, changes: list[Change], now: float) -> list[Change] | None:
        """Changes that bring a source to `count` (none: a sign of life); what is new of them.

        None: some before them are missing.
        """
        replica = self._replicas.get(source)
        known = replica.count if replica else 0
        if replica is not None:
            replica.heard_at = now
        if known < count - len(changes):
            return None
        if replica is None:
            replica = self._replicas[source] = _Replica(0, now)
        fresh = changes[len(changes) - max(count - known, 0) :]
        replica.count = max(known, count)
        return [done for change in fresh if (done := _apply(replica.members, change)) is not None]

    def replace(self, source: str, count: int, members: Mapping[str, Any], now: float) -> list[Change]:
        """The whole list of a source; what it changes."""
        replica = self._replicas.setdefault(source, _Replica(0, now))
        replica.heard_at = now
        if replica.count > count:
            return []
        left = [Change(ChangeKind.LEAVE, gone, None) for gone in replica.members if gone not in members]
        come = [Change(ChangeKind.UPDATE, member_id, info) for member_id, info in members.items()]
        replica.count = count
        return [done for change in (*left, *come) if (done := _apply(replica.members, change)) is not None]

    def forget(self, source: str) -> list[Change]:
        """That replica is gone, and with it its members."""
        replica = self._replicas.pop(source, None)
        members = replica.members if replica else {}
        return [Change(ChangeKind.LEAVE, member_id, info) for member_id, info in members.items()]

    def forget_silent(self, before: float) -> list[Change]:
        """The same for all that were last heard before then."""
        silent = [source for source, replica in self._replicas.items() if replica.heard_at < before]
        return [change for source in silent for change in self.forget(source)]


def _apply(members: dict[str, Any], change: Change) -> Change | None:
    """What the change really is, seen from what was known; None: nothing."""
    if change.kind is ChangeKind.LEAVE:
        if change.member_id not in members:
            return None
        return Change(ChangeKind.LEAVE, change.member_id, members.pop(change.member_id))
    is_new = change.member_id not in members
    if not is_new and members[change.member_id] == change.info:
        return None
    members[change.member_id] = change.info
    return Change(ChangeKind.JOIN if is_new else ChangeKind.UPDATE, change.member_id, change.info)
