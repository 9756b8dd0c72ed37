"""What of the bus is open on this replica: its sockets, its channels, and what keeps them in step with the others."""

from __future__ import annotations

import asyncio
import secrets
from typing import Protocol
from uuid import UUID

import msgspec
import structlog

from domain.channels.log import ChannelKey
from domain.channels.policy import ChannelRight, may_use
from domain.channels.push import PUSH_TOPIC, Push
from domain.errors import DomainError
from domain.jobs.feed import EventFeed
from domain.models.channel import ChannelLog
from domain.models.faults import DATABASE_FAULTS
from domain.ports import Ports
from realtime.bus.attendance import Attendance
from realtime.bus.channel_room import ChannelRoom
from realtime.bus.event_room import EventRoom
from realtime.bus.policies import Policies
from realtime.bus.publishing import Publishing
from realtime.bus.replicas import Listening
from realtime.bus.room import Room
from realtime.bus.telling import EventRooms
from realtime.house import House

LOOK_EVERY_S = 1.0
log = structlog.get_logger(__name__)


class ChannelHub:
    """One per process; run() must be running. name: of this process."""

    def __init__(self, ports: Ports, feed: EventFeed, name: str) -> None:
        self.ports = ports
        self.policies = Policies()
        self.attendance = Attendance()
        self.events = EventRooms(feed, self.attendance, self._rules_changed)
        self.publishing = Publishing(ports, f"{name}/{secrets.token_hex(4)}", self.find_channel)
        self._name = name
        self._channels: dict[ChannelKey, ChannelRoom] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def open_rooms(self) -> int:
        """Channels that somebody here listens to."""
        return len(self._channels) + len(self.events)

    async def run(self) -> None:
        """Everything that goes on beside the sockets, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.publishing.run())
            tasks.create_task(self.events.run())
            tasks.create_task(self._hear_pushes())
            tasks.create_task(self._compare_with_logs())

    async def close(self) -> None:
        """Store and send what waits; take no more."""
        await self.publishing.close()
        for room in tuple(self._channels.values()):
            self._shut(room)
        await asyncio.gather(*self._closing)

    async def enter_channel(self, key: ChannelKey) -> ChannelRoom:
        """The room of a channel, open; leave it as often as you entered. QuotaExceeded: cannot remember more."""
        while True:
            policy = await self.policies.of(key)
            room = self._channels.get(key) or self._open(ChannelRoom(self.ports, key, policy, self._name))
            room.users += 1
            try:
                await room.opened()
            except BaseException:
                self._leave_channel(room)
                raise
            if self._channels.get(key) is room:
                return room
            self._leave_channel(room)

    def leave(self, room: Room, connection_id: str) -> None:
        """One member less. The last one closes the door."""
        member = room.leave(connection_id)
        if isinstance(room, ChannelRoom):
            if room.roster is not None:
                room.roster.leave(connection_id)
            if member is not None:
                self._leave_channel(room)
        elif isinstance(room, EventRoom):
            self.events.close_if_empty(room)

    def find_channel(self, key: ChannelKey) -> ChannelRoom | None:
        """The room, if it is open here."""
        return self._channels.get(key)

    def _open(self, room: ChannelRoom) -> ChannelRoom:
        self._channels[room.key] = room
        return room

    def _leave_channel(self, room: ChannelRoom) -> None:
        room.users -= 1
        if room.users == 0:
            self._shut(room)

    def _shut(self, room: ChannelRoom) -> None:
        self._detach(room)
        closing = asyncio.create_task(room.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _detach(self, room: ChannelRoom) -> None:
        """Whoever comes from now on gets another one."""
        if self._channels.get(room.key) is room:
            del self._channels[room.key]

    async def _rules_changed(self, tenant_id: UUID | None) -> None:
        self.policies.forget(tenant_id)
        for room in tuple(self._channels.values()):
            if tenant_id in (None, room.key.tenant_id):
                await self._apply_policy(room)

    async def _apply_policy(self, room: ChannelRoom) -> None:
        """Send away who may listen no longer; all of them, when the channel has become another one."""
        before, room.policy = room.policy, await self.policies.of(room.key)
        now = room.policy
        is_another = (before.has_history, before.has_presence) != (now.has_history, now.has_presence)
        if is_another:
            self._detach(room)
        for member in room.members:
            may_listen = may_use(member.actor, room.key.tenant_id, now, ChannelRight.SUBSCRIBE)
            attendee = self.attendance.find(member.connection_id)
            if attendee is not None and (is_another or not may_listen):
                attendee.lose_channel(room.name, "CONFLICT" if may_listen else "FORBIDDEN")
            elif not may_use(member.actor, room.key.tenant_id, now, ChannelRight.PRESENCE):
                member.wants_presence = False

    async def _hear_pushes(self) -> None:
        async for data in Listening(self.ports.bus, PUSH_TOPIC):
            if data is not None and (pushed := _pushed(data)) is not None:
                self.attendance.say(pushed)

    async def _compare_with_logs(self) -> None:
        """What a replica stored and could not tell any more (it died, the bus was away) is found in the log."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self._compare_once()
            except (DomainError, *DATABASE_FAULTS) as error:
                log.warning("the logs of channels cannot be looked at", reason=str(error))

    async def _compare_once(self) -> None:
        rooms = {room.log_id: room for room in self._channels.values() if room.log_id is not None}
        if rooms:
            logs = {row.id: row for row in await ChannelLog.filter(id__in=list(rooms))}
            for log_id, room in rooms.items():
                if not room.stands_at(logs.get(log_id)):
                    await room.look_again()


def _pushed(data: bytes) -> Push | None:
    try:
        return msgspec.json.decode(data, type=Push)
    except msgspec.DecodeError:
        return None


class BusHouse(House, Protocol):
    """What the bus needs of the application."""

    @property
    def channels(self) -> ChannelHub: ...
