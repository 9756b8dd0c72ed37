"""A channel that somebody here listens to. With history the log is the truth and the bus is speed; without, the bus is
all there is.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import structlog

from domain.channels.log import ChannelKey, Head, Logged, Place, read_head, read_log
from domain.channels.policy import ChannelPolicy
from domain.errors import DomainError
from domain.models.channel import ChannelLog
from domain.models.faults import DATABASE_FAULTS
from domain.ports import Ports
from realtime.bus.members import Member
from realtime.bus.protocol import message, push
from realtime.bus.replicas import Listening, Relayed, presence_topic_of, topic_of
from realtime.bus.room import PAGE, Room, Stretch
from realtime.frames import SharedFrame
from realtime.presence import Change, Roster

log = structlog.get_logger(__name__)

BURST = 32


class ChannelRoom(Room):
    """replica_name: of this process, for the list of who is present. users: who entered and has not left."""

    def __init__(self, ports: Ports, key: ChannelKey, policy: ChannelPolicy, replica_name: str) -> None:
        super().__init__(key.name)
        self.key = key
        self.policy = policy
        self.log_id: UUID | None = None
        self.roster: Roster | None = None
        self._ports = ports
        self._replica_name = replica_name
        self.users = 0
        self._heard: dict[str, int] = {}
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[None] | None = None

    async def opened(self) -> None:
        """Wait until it is open. QuotaExceeded: too many channels that remember."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        await asyncio.shield(self._opening)

    async def _open(self) -> None:
        """Listen first, then look where the log stands."""
        listening = Listening(self._ports.bus, topic_of(self.key))
        task = asyncio.create_task(self._listen(listening), name=f"channel {self.name}")
        self._stack.push_async_callback(_end, task)
        await listening.tried.wait()
        if self.policy.has_history:
            self._stand_at(await self._head())
        if self.policy.has_presence:
            topic = presence_topic_of(self.key)
            roster = Roster(self._ports.bus, topic, self._replica_name, on_change=self._tell_change)
            self.roster = await self._stack.enter_async_context(roster)

    async def close(self) -> None:
        if self._opening is not None:
            await _end(self._opening)
        self.roster = None
        await self._stack.aclose()

    async def can_fill(self, after: Place) -> bool:
        if self.epoch is None:
            return False
        head = await self._head()
        if head.epoch != self.epoch:
            self._begin_new_epoch(head)
        await self.catch_up()
        return head.can_fill(after) and after.position <= self.position

    async def read(self, member: Member) -> Stretch | None:
        if self.log_id is None:
            return Stretch([], self.position)
        logged = await read_log(self.log_id, member.position, self.position, PAGE)
        if not logged or logged[0].position != member.position + 1:
            return None
        frames = [(one.position, logged_frame(self.name, self.epoch or "", one)) for one in logged]
        return Stretch(frames, logged[-1].position)

    def hear(self, epoch: str, position: int, frame: SharedFrame) -> bool:
        """A message of the log, if it is the next one; False: some before it are missing."""
        if epoch == self.epoch and position == self.position + 1:
            before, self.position = self.position, position
            self.members.say(frame, before)
        return epoch == self.epoch and position <= self.position

    async def catch_up(self) -> None:
        """Say what stands in the log and was not heard."""
        while self.log_id is not None:
            logged = await read_log(self.log_id, self.position, 2**62, PAGE)
            for one in logged:
                if not self._hear_logged(one):
                    self._jump_to(one)
            if len(logged) < PAGE:
                return

    async def look_again(self) -> None:
        """The log may have moved on, or begun anew."""
        if self.epoch is None:
            return
        head = await self._head()
        if head.epoch != self.epoch:
            self._begin_new_epoch(head)
        elif head.last > self.position:
            await self.catch_up()

    def stands_at(self, row: ChannelLog | None) -> bool:
        """Whether everything that the log holds was said here."""
        return row is not None and row.epoch == self.epoch and row.last_position <= self.position

    def _jump_to(self, logged: Logged) -> None:
        """What stands between was forgotten before it was heard here."""
        self.members.lose(self.position)
        self.position = logged.position - 1
        self._hear_logged(logged)

    def _hear_logged(self, logged: Logged) -> bool:
        epoch = self.epoch or ""
        return self.hear(epoch, logged.position, logged_frame(self.name, epoch, logged))

    def _begin_new_epoch(self, head: Head) -> None:
        """Whoever is here is told the last place of the old one, from which nothing can be filled."""
        self.members.lose(self.position)
        self._stand_at(head)

    def _stand_at(self, head: Head) -> None:
        self.log_id, self.epoch, self.position = head.log_id, head.epoch, head.last

    async def _head(self) -> Head:
        return await read_head(self._ports, self.key, self.policy)

    async def _listen(self, listening: Listening) -> None:
        async for data in listening:
            try:
                await self._take(data)
            except (DomainError, *DATABASE_FAULTS) as error:
                log.warning("a channel could not look into its log", channel=self.name, reason=str(error))

    async def _take(self, data: bytes | None) -> None:
        if data is None:
            if self.epoch is None:
                self.members.lose(0)
            await self.look_again()
            return
        try:
            relayed = msgspec.json.decode(data, type=Relayed)
        except msgspec.DecodeError:
            return
        if self._heard.get(relayed.source, 0) >= relayed.number:
            return
        self._heard[relayed.source] = relayed.number
        await self._say(relayed)

    async def _say(self, relayed: Relayed) -> None:
        if relayed.epoch is None and self.epoch is None:
            for number, (_, text) in enumerate(relayed.entries, 1):
                self.members.say(SharedFrame(text), 0)
                if number % BURST == 0:
                    await asyncio.sleep(0)  # a burst must not look like readers that are slow
        elif relayed.epoch is not None and self.epoch is not None:
            said = [self.hear(relayed.epoch, position, SharedFrame(text)) for position, text in relayed.entries]
            if not all(said):
                await self.look_again()

    def _tell_change(self, change: Change) -> None:
        data = {"channel": self.name, **member_out(change.member_id, change.info)}
        frame = SharedFrame(push(change.kind.value, data))
        self.members.say_to_some(frame, self.position, partial(_wants_to_know, change.member_id))


def logged_frame(channel: str, epoch: str, logged: Logged) -> SharedFrame:
    """A message of a log, ready to be sent."""
    data = msgspec.Raw(logged.data.encode())
    return SharedFrame(message(channel, data, logged.at, logged.publisher, Place(epoch, logged.position)))


def member_out(connection_id: str, info: Any) -> dict[str, Any]:
    """Who is present, as clients see it."""
    return {"connection": connection_id, **info}


def _wants_to_know(of: str, member: Member) -> bool:
    return member.wants_presence and member.connection_id != of


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
