"""The whole story: every event that concerns one's tenants, from a cursor on, none lost."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.access import require, visible_tenants
from domain.errors import InvalidInput
from domain.jobs.feed import Delivered, Match, cursor_of
from gateway.graphql.context import Info
from gateway.graphql.fields import stream
from gateway.graphql.sharing import Sharing

NOUNS = frozenset({"instance", "operation", "node", "image", "tenant", "user", "credential"})
MOST_TOPICS = 100


@strawberry.type(name="Event", description="Something that happened.")
class EventItem:
    cursor: str = strawberry.field(description="Its place in the one order of all events: resume after it. Opaque.")
    name: str = strawberry.field(description="What happened, in the past tense, such as InstanceChanged.")
    topic: str = strawberry.field(description="To what: its noun and id, such as instance:<id>.")
    noun: str = strawberry.field(description="The first part of the topic.")
    tenant_id: strawberry.ID | None = strawberry.field(description="The tenant it concerns; null: the platform.")
    payload: JSON = strawberry.field(description="What is true of it now; names as in the database, sizes in bytes.")
    at: datetime = strawberry.field(description="When it happened.")
    recovered: bool | None = strawberry.field(
        description="On the first event of a subscription that resumed: whether everything after the cursor is there; "
        "false when some of it was older than the retention. Null on all others."
    )

    @classmethod
    def of(cls, event: Delivered, recovered: bool | None) -> EventItem:
        return cls(
            cursor=cursor_of(event.position),
            name=event.name,
            topic=event.topic,
            noun=event.noun,
            tenant_id=strawberry.ID(str(event.tenant_id)) if event.tenant_id else None,
            payload=JSON(event.payload),
            at=event.created_at,
            recovered=recovered,
        )


Topics = Annotated[
    list[str],
    strawberry.argument(
        description="Nouns (instance, operation, node, image, tenant, user, credential) or single things "
        "(instance:<id>); at most 100."
    ),
]
AfterEvent = Annotated[
    str | None, strawberry.argument(description="An event's cursor: begin after it. Null: only what comes.")
]


@strawberry.type
class EventSubscriptions:
    @stream(
        EventItem,
        "Every event of these topics that concerns your tenants; for the platform, of all. None is lost; a reader that "
        "falls too far behind gets an error and resumes with the last cursor it has.",
        shared=Sharing.ROLE,
    )
    async def events(self, info: Info, topics: Topics, after: AfterEvent = None) -> AsyncGenerator[EventItem, None]:
        actor, audience = info.context.actor, info.context.audience
        require(actor, "events:read")
        async with info.context.house.feed.follow(match_of(topics, visible_tenants(actor)), after) as story:
            recovered = story.recovered
            async for event in story:
                audience.address(event.position)
                yield EventItem.of(event, recovered)
                recovered = None


def match_of(topics: list[str], tenants: frozenset[UUID] | None) -> Match:
    """InvalidInput: none, too many, or a noun that does not exist."""
    if not 1 <= len(topics) <= MOST_TOPICS:
        raise InvalidInput(f"Name 1 to {MOST_TOPICS} topics.", field="topics")
    unknown = [topic for topic in topics if topic.partition(":")[0] not in NOUNS]
    if unknown:
        raise InvalidInput(f"There are no events of {unknown[0][:60]!r}.", field="topics")
    nouns = frozenset(topic for topic in topics if ":" not in topic)
    return Match(topics=frozenset(topics) - nouns, nouns=nouns, tenants=tenants)
