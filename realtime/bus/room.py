"""What every room of the bus does: let members in where they stand, send them what they missed, then go live."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import structlog

from domain.channels.log import Place
from domain.models.faults import DATABASE_FAULTS
from realtime.bus.members import Member, Members, Standing
from realtime.bus.protocol import place_out, push
from realtime.frames import SharedFrame

PAGE = 200
RETRY_S = 0.5
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stretch:
    """frames with their positions, in order: all there are up to and with `reached`."""

    frames: list[tuple[int, SharedFrame]]
    reached: int


class Room(ABC):
    """position: of the newest message said here. epoch: of its numbering; None: nothing is remembered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.epoch: str | None = None
        self.position = 0
        self.retry_s = RETRY_S
        self.members = Members(self._reads_again)

    @abstractmethod
    async def can_fill(self, after: Place) -> bool:
        """Whether everything after a place can still be sent."""

    @abstractmethod
    async def read(self, member: Member) -> Stretch | None:
        """The next messages after the member's position, up to the room's own or about PAGE of them; None: they are
        gone."""

    async def enter(self, member: Member, after: Place | None) -> dict[str, Any]:
        """Let it in at a place; what to say about that. It hears nothing before begin()."""
        member.begin_anew(self.position)
        self.members.add(member)
        recovered = None if after is None else await self.can_fill(after)
        member.epoch = self.epoch
        member.position = start = after.position if after is not None and recovered else self.position
        return {
            "history": self.epoch is not None,
            **(place_out(Place(self.epoch, start)) if self.epoch is not None else {}),
            **({} if recovered is None else {"recovered": recovered}),
        }

    def begin(self, member: Member) -> None:
        """From here on it hears: at once, when it has everything; else after what it missed."""
        if self.members.find(member.connection_id) is not member or member.standing is not Standing.CATCHING_UP:
            return
        if member.position >= self.position:
            self.members.go_live(member)
        else:
            member.catching_up = asyncio.create_task(self._catch_up(member, member.turn))

    def leave(self, connection_id: str) -> Member | None:
        return self.members.remove(connection_id)

    async def _catch_up(self, member: Member, turn: int) -> None:
        """Waits while the peer is slow. Between the last look and going live nothing can be said."""
        while member.turn == turn and member.position < self.position:
            try:
                stretch = await self.read(member)
            except DATABASE_FAULTS as error:
                log.warning("a channel's log cannot be read", channel=self.name, reason=str(error))
                await asyncio.sleep(self.retry_s)
                continue
            if stretch is None:
                self._tell_gap(member)
                return
            for position, frame in stretch.frames:
                await member.connection.send(frame)
                if member.turn != turn:
                    return
                member.position = position
            member.position = stretch.reached
        if member.turn == turn:
            member.catching_up = None
            self.members.go_live(member)

    def _reads_again(self, member: Member) -> None:
        """What is remembered it is sent now; what is not, it must be told of."""
        if member.epoch is None:
            member.connection.post(push("gap", {"channel": self.name, "missed": member.missed}))
            self.members.go_live(member)
        elif member.epoch == self.epoch:
            member.standing = Standing.CATCHING_UP
            self.begin(member)
        else:
            self._tell_gap(member)

    def _tell_gap(self, member: Member) -> None:
        """What comes next is gone. It hears nothing more before it subscribes again."""
        member.standing = Standing.BEHIND
        place = place_out(Place(member.epoch or "", member.position))
        member.connection.post(push("gap", {"channel": self.name, **place}))
