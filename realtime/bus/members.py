"""One socket in one channel, and those that are in it together: what is said reaches all who keep up, and the others
are told from where to resume.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from uuid import UUID

from domain.access import Actor
from realtime.connection import Connection
from realtime.frames import SharedFrame


class Standing(Enum):
    """LIVE: gets what is said at once. CATCHING_UP: is being sent what it missed. BEHIND: did not read in time."""

    CATCHING_UP = auto()
    LIVE = auto()
    BEHIND = auto()


@dataclass(eq=False, slots=True)
class Member:
    """position: while it is not live, everything up to there was sent. epoch: of the log when it subscribed. missed:
    messages since it fell behind.

    audience: in channels of events, the tenants it hears of (None: all). turn: grows with every new subscription, so
    that what belongs to an older one does nothing.
    """

    connection: Connection
    connection_id: str
    actor: Actor
    wants_presence: bool = False
    position: int = 0
    epoch: str | None = None
    missed: int = 0
    standing: Standing = Standing.CATCHING_UP
    audience: frozenset[UUID] | None = None
    turn: int = 0
    catching_up: asyncio.Task[None] | None = field(default=None, repr=False)

    def begin_anew(self, position: int) -> None:
        """A new subscription begins at a position."""
        self.turn += 1
        self.position, self.missed, self.standing = position, 0, Standing.CATCHING_UP
        if self.catching_up is not None:
            self.catching_up.cancel()
            self.catching_up = None


class Members:
    """reads_again: told of a member that fell behind, as soon as it has read at least half of what waited."""

    def __init__(self, reads_again: Callable[[Member], None]) -> None:
        self._reads_again = reads_again
        self._all: dict[str, Member] = {}
        self._live: dict[Member, None] = {}
        self._behind: dict[Member, None] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Member]:
        return iter(tuple(self._all.values()))

    def find(self, connection_id: str) -> Member | None:
        return self._all.get(connection_id)

    def add(self, member: Member) -> None:
        """Known, and not live yet."""
        self._all[member.connection_id] = member
        self._live.pop(member, None)
        self._behind.pop(member, None)

    def remove(self, connection_id: str) -> Member | None:
        member = self._all.pop(connection_id, None)
        if member is not None:
            self._live.pop(member, None)
            self._behind.pop(member, None)
            member.begin_anew(member.position)
        return member

    def go_live(self, member: Member) -> None:
        if self._all.get(member.connection_id) is member:
            member.standing = Standing.LIVE
            self._live[member] = None

    def say(self, frame: SharedFrame, before: int) -> None:
        """To all who are live; before: the position until which they have everything."""
        slow = [member for member in self._live if not member.connection.offer(frame)]
        for member in self._behind:
            member.missed += 1
        for member in slow:
            self.fall_behind(member, before)

    def say_to_some(self, frame: SharedFrame, before: int, concerns: Callable[[Member], bool]) -> None:
        """To those live ones that it concerns."""
        for member in [member for member in self._live if concerns(member)]:
            if not member.connection.offer(frame):
                self.fall_behind(member, before)

    def fall_behind(self, member: Member, position: int) -> None:
        """It gets nothing more until it reads again."""
        self._live.pop(member, None)
        self._behind[member] = None
        member.standing, member.position, member.missed = Standing.BEHIND, max(member.position, position), 1
        member.connection.when_writable(partial(self._is_writable, member, member.turn))

    def lose(self, position: int) -> None:
        """What came after a position is lost to all."""
        for member in tuple(self._live):
            self.fall_behind(member, position)

    def _is_writable(self, member: Member, turn: int) -> None:
        if member.turn != turn or self._all.get(member.connection_id) is not member:
            return
        self._behind.pop(member, None)
        self._reads_again(member)
