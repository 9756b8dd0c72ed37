"""A channel in which the platform tells what happened: "instance:<id>", "events:instance". Its log is the outbox."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.channels.log import Place
from domain.channels.story import kept_positions, read_story
from domain.jobs.delivery import Delivered
from realtime.bus.members import Member, Standing
from realtime.bus.protocol import message
from realtime.bus.room import PAGE, Room, Stretch
from realtime.frames import SharedFrame


class EventRoom(Room):
    """position: of the last event that this process has seen, of whatever topic."""

    def __init__(self, name: str, epoch: str, position: int) -> None:
        super().__init__(name)
        self.epoch: str = epoch
        self.position = position

    async def can_fill(self, after: Place) -> bool:
        pruned, last = await kept_positions()
        return after.epoch == self.epoch and pruned <= after.position <= last

    async def read(self, member: Member) -> Stretch | None:
        up_to = self.position
        events = await read_story(self.name, member.audience, member.position, up_to, PAGE)
        pruned, _ = await kept_positions()
        if pruned > member.position:
            return None
        reached = events[-1].position if len(events) == PAGE else up_to
        return Stretch([(event.position, self.frame_of(event)) for event in events], reached)

    def tell(self, event: Delivered) -> None:
        """Say an event to those who may hear it; a member may have heard it through another replica already."""

        def concerns(member: Member) -> bool:
            heard = member.audience is None or event.tenant_id in member.audience
            return heard and event.position > member.position

        before, self.position = self.position, max(self.position, event.position)
        self.members.say_to_some(self.frame_of(event), before, concerns)

    def skip_to(self, position: int) -> None:
        """What stands between was not heard: whoever was live is sent it from the store."""
        live = [member for member in self.members if member.standing is Standing.LIVE]
        for member in live:
            member.begin_anew(max(self.position, member.position))
            self.members.add(member)
        self.position = max(self.position, position)
        for member in live:
            self.begin(member)

    def frame_of(self, event: Delivered) -> SharedFrame:
        place = Place(self.epoch, event.position)
        return SharedFrame(
            message(self.name, msgspec.Raw(msgspec.json.encode(event_out(event))), event.created_at, None, place)
        )


def event_out(event: Delivered) -> dict[str, Any]:
    """An event, as the data of a message; names in the payload are the database's."""
    return {
        "name": event.name,
        "topic": event.topic,
        "noun": event.noun,
        "tenantId": None if event.tenant_id is None else str(event.tenant_id),
        "payload": event.payload,
    }
