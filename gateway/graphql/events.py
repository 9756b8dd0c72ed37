"""The whole story: every event that concerns one's tenants, from a cursor on, none lost."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from domain.access import SCOPE_TO_HEAR, Actor, require, tenants_to_hear, visible_tenants
from domain.channels.names import EVENT_NOUNS
from domain.errors import InvalidInput
from domain.jobs.feed import Delivered, Match, cursor_of
from gateway.graphql.context import Info
from gateway.graphql.fields import stream
from gateway.graphql.sharing import Sharing

NOUNS = EVENT_NOUNS
MOST_TOPICS = 100
MOST_PENDING = {False: 1024, True: 8192}
"""How many events may wait to be executed: for one reader; for all that share an execution, which waits for no one."""


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
        description="Nouns (instance, operation, node, image, tenant, user, credential, file, document) or single "
        "things (instance:<id>); at most 100. Those of files and documents come with the right files:read."
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
        match, most = match_of(topics, actor), MOST_PENDING
        async with info.context.house.feed.follow(match, after, max_pending=most[audience.is_shared]) as story:
            recovered = story.recovered
            async for event in story:
                audience.address(event.position)
                yield EventItem.of(event, recovered)
                recovered = None


def match_of(topics: list[str], actor: Actor) -> Match:
    """Only what the actor may hear of. InvalidInput: none, too many, or a noun that does not exist."""
    if not 1 <= len(topics) <= MOST_TOPICS:
        raise InvalidInput(f"Name 1 to {MOST_TOPICS} topics.", field="topics")
    of_nouns = {topic.partition(":")[0] for topic in topics}
    unknown = of_nouns - NOUNS
    if unknown:
        raise InvalidInput(f"There are no events of {unknown.pop()[:60]!r}.", field="topics")
    nouns = frozenset(topic for topic in topics if ":" not in topic)
    narrowed = {noun: tenants_to_hear(actor, noun) for noun in of_nouns & SCOPE_TO_HEAR.keys()}
    return Match(frozenset(topics) - nouns, nouns, visible_tenants(actor), narrowed)
