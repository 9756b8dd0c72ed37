"""What the platform tells of, as channels: one thing ("instance:<id>") or all of a noun ("events:instance")."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from tortoise.expressions import Q

from domain.access import Actor, require, tenants_to_hear
from domain.channels.names import EVENT_NOUNS, EVENTS
from domain.errors import InvalidInput
from domain.jobs.delivery import Delivered
from domain.models.outbox import OutboxCursor, OutboxEvent


def noun_of(channel: str) -> str:
    """The noun of a channel of the server. InvalidInput: there is no such noun."""
    head, _, rest = channel.partition(":")
    noun = rest if head == EVENTS else head
    if noun not in EVENT_NOUNS or not rest:
        raise InvalidInput(f"There are no events of {channel[:60]!r}.", field="channel")
    return noun


def audience_of(actor: Actor, channel: str) -> frozenset[UUID] | None:
    """Of which tenants the actor hears there; None: of all. Forbidden without events:read."""
    require(actor, "events:read")
    return tenants_to_hear(actor, noun_of(channel))


def channels_of(event: Delivered) -> tuple[str, str]:
    """Where an event is heard."""
    return event.topic, f"{EVENTS}:{event.noun}"


async def kept_positions() -> tuple[int, int]:
    """The highest position that retention has removed, and the highest given."""
    cursor = await OutboxCursor.get_or_none(id=1)
    return (cursor.pruned_position, cursor.last_position) if cursor else (0, 0)


async def read_story(
    channel: str, audience: Collection[UUID] | None, after: int, up_to: int, limit: int, *, newest_first: bool = False
) -> list[Delivered]:
    """Events heard in a channel, after one position, up to and with another."""
    noun = noun_of(channel)
    where = Q(noun=noun) if channel == f"{EVENTS}:{noun}" else Q(topic=channel)
    rows = OutboxEvent.filter(where, position__gt=after, position__lte=up_to)
    if audience is not None:
        rows = rows.filter(tenant_id__in=list(audience))
    ordered = rows.order_by("-position" if newest_first else "position").limit(limit)
    return [Delivered.of(row) for row in await ordered]
