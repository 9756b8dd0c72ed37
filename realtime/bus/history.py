"""Read what a channel remembers, without listening to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from domain.channels.log import ChannelKey, Head, Logged, Place, read_head, read_log
from domain.channels.policy import ChannelPolicy
from domain.channels.story import kept_positions, read_story
from domain.errors import InvalidInput
from domain.jobs.delivery import Delivered
from domain.ports import Ports
from realtime.bus.event_room import event_out
from realtime.bus.protocol import HistoryIn, message_body, place_out

MOST_LISTED = 500


async def history_of_channel(ports: Ports, key: ChannelKey, policy: ChannelPolicy, wanted: HistoryIn) -> dict[str, Any]:
    """Messages after a place (none: from the oldest), or the newest first, and where the log stands.

    recovered: whether everything after the place is in it, or follows on the next page. InvalidInput: limit.
    """
    head = await read_head(ports, key, policy)
    after = wanted.after.to_place() if wanted.after else None
    start = _start(head, after)
    logged = await read_log(head.log_id, start, head.last, _limit(wanted), newest_first=wanted.newest_first)
    return {
        "channel": key.name,
        **place_out(Place(head.epoch, head.last)),
        **({} if after is None else {"recovered": head.can_fill(after)}),
        "messages": [_logged_out(head.epoch, one) for one in logged],
    }


async def history_of_events(
    name: str, epoch: str, audience: frozenset[UUID] | None, wanted: HistoryIn
) -> dict[str, Any]:
    """The same for a channel of the server."""
    pruned, last = await kept_positions()
    after = wanted.after.to_place() if wanted.after else None
    can_fill = after is not None and after.epoch == epoch and pruned <= after.position <= last
    start = after.position if after is not None and can_fill else pruned
    limit = _limit(wanted)
    events = await read_story(name, audience, start, last, limit, newest_first=wanted.newest_first)
    return {
        "channel": name,
        **place_out(Place(epoch, last)),
        **({} if after is None else {"recovered": can_fill}),
        "messages": [_event_out(epoch, one) for one in events],
    }


def _start(head: Head, after: Place | None) -> int:
    return after.position if after is not None and head.can_fill(after) else head.first - 1


def _limit(wanted: HistoryIn) -> int:
    if not 1 <= wanted.limit <= MOST_LISTED:
        raise InvalidInput(f"limit must be between 1 and {MOST_LISTED}.", field="limit", limit=MOST_LISTED)
    return wanted.limit


def _logged_out(epoch: str, one: Logged) -> dict[str, Any]:
    return message_body(msgspec.Raw(one.data.encode()), one.at, one.publisher, Place(epoch, one.position))


def _event_out(epoch: str, one: Delivered) -> dict[str, Any]:
    data = msgspec.Raw(msgspec.json.encode(event_out(one)))
    return message_body(data, one.created_at, place=Place(epoch, one.position))
