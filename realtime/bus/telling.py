"""What the platform tells of, and who hears of it here: channels of events, changed rules, files that got a name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from uuid import UUID

from domain.access import tenants_to_hear
from domain.channels.names import EVENT_NOUNS
from domain.channels.story import channels_of
from domain.jobs.delivery import Delivered
from domain.jobs.feed import EventFeed, Match
from domain.models.file import File
from domain.models.installation import Installation
from realtime.bus.attendance import Attendance
from realtime.bus.event_room import EventRoom
from realtime.bus.protocol import push
from realtime.frames import SharedFrame

FILES_REMEMBERED = 4096
EPOCH_LENGTH = 12
MOST_PENDING = 100_000
RULES_CHANGED = frozenset({"ChannelRuleChanged", "ChannelRuleRemoved"})


class EventRooms:
    """The open channels of the server. run() must be running. on_rule: rules of channels of a tenant may have changed
    (None: of all)."""

    def __init__(
        self, feed: EventFeed, attendance: Attendance, on_rule: Callable[[UUID | None], Awaitable[None]]
    ) -> None:
        self._feed = feed
        self._attendance = attendance
        self._on_rule = on_rule
        self._rooms: dict[str, EventRoom] = {}
        self._told_files: OrderedDict[str, None] = OrderedDict()
        self._position = 0
        self._epoch: str | None = None

    def __len__(self) -> int:
        return len(self._rooms)

    async def enter(self, name: str) -> EventRoom:
        """The room of a channel of the server."""
        epoch = await self.epoch()
        if name not in self._rooms:
            self._rooms[name] = EventRoom(name, epoch, max(self._position, self._feed.position))
        return self._rooms[name]

    async def epoch(self) -> str:
        """Of the one order of all events: the installation."""
        if self._epoch is None:
            self._epoch = str((await Installation.get(id=1)).installation_id)[:EPOCH_LENGTH]
        return self._epoch

    def close_if_empty(self, room: EventRoom) -> None:
        if not room.members and self._rooms.get(room.name) is room:
            del self._rooms[room.name]

    async def run(self) -> None:
        """Hear and tell until cancelled. What happened while this did not run is read from the store."""
        async with self._feed.subscribe(Match(nouns=EVENT_NOUNS), max_pending=MOST_PENDING) as events:
            self._position = self._feed.position
            for room in tuple(self._rooms.values()):
                room.skip_to(self._position)
            await self._on_rule(None)
            async for event in events:
                await self._hear(event)

    async def _hear(self, event: Delivered) -> None:
        self._position = event.position
        for name in channels_of(event):
            room = self._rooms.get(name)
            if room is not None:
                room.tell(event)
        if event.name in RULES_CHANGED:
            await self._on_rule(event.tenant_id)
        elif event.name == "FileChanged" and event.payload.get("temp_id"):
            await self._tell_name(event)

    async def _tell_name(self, event: Delivered) -> None:
        """The name that a file's content gives it is known: told once to those who may know the temporary one."""
        file_id, listeners = event.payload["id"], list(self._attendance.of(event.tenant_id))
        if not listeners or file_id in self._told_files:
            return
        self._told_files[file_id] = None
        if len(self._told_files) > FILES_REMEMBERED:
            self._told_files.popitem(last=False)
        data = {"tempId": event.payload["temp_id"], "fileId": event.payload["public_id"]}
        root_id = event.payload.get("root_id")
        root = await File.get_or_none(id=root_id) if root_id else None
        frame = SharedFrame(push("FILE_ID_GENERATED", data | ({"rootId": root.public_id} if root else {})))
        for one in listeners:
            tenants = tenants_to_hear(one.actor, "file")
            if tenants is None or event.tenant_id in tenants:
                one.connection.post(frame)
