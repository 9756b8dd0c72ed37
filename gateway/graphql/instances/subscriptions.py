"""Watch instances: their state, and what they say while they run.

Whoever reads slowly finds the newest state, not all that led to it.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from domain.access import parse_id, visible_tenants
from domain.events import instance_topic
from domain.instances.queries import all_instances, get_instance, instance_of_payload
from domain.jobs.feed import Match
from domain.models.instance import Instance, InstanceState
from domain.ports.runtime import StatsSample
from gateway.graphql.context import Info
from gateway.graphql.fields import stream
from gateway.graphql.instances.inputs import filter_of
from gateway.graphql.instances.matching import matches
from gateway.graphql.instances.mutations import InstanceId
from gateway.graphql.instances.queries import Filter
from gateway.graphql.instances.types import InstanceType
from gateway.graphql.instances.watched import ConsoleOutput, InstanceLogLine, InstanceStats
from gateway.graphql.sharing import Sharing
from gateway.graphql.states import Watch, states

Tail = Annotated[int | None, strawberry.argument(description="How many of the last lines to begin with; null: all.")]
Follow = Annotated[bool, strawberry.argument(description="Whether to go on with what comes, until it stops.")]
AfterLine = Annotated[str | None, strawberry.argument(description="A line's cursor: begin after it. Null: see tail.")]
IntervalS = Annotated[float, strawberry.argument(description="Seconds between samples, from 1 to 3600.")]


@strawberry.type
class InstanceSubscriptions:
    @stream(
        InstanceType,
        "The instance as it is, then after every change; the newest counts. Ends after it was deleted.",
        shared=Sharing.ROLE,
    )
    async def instance_changed(self, info: Info, id: InstanceId) -> AsyncGenerator[Instance, None]:
        context = info.context
        topic = instance_topic(parse_id(id, "instance"))

        async def present() -> list[Instance]:
            return [await get_instance(context.actor, id)]

        watch = Watch(present, instance_of_payload, is_last=lambda one: one.state is InstanceState.DELETED)
        async with context.house.feed.subscribe(Match(topics=frozenset({topic})), latest_per_topic=True) as changes:
            async for instance in states(context.audience, changes, watch):
                yield instance

    @stream(
        InstanceType,
        "Each instance that the filter asks for as it is, then every one of them after every change; the newest "
        "counts. One that ceases to match comes once more, so that it can be dropped.",
        shared=Sharing.ROLE,
    )
    async def instances_changed(self, info: Info, filter: Filter = None) -> AsyncGenerator[Instance, None]:
        context, filters = info.context, filter_of(filter)
        match = Match(nouns=frozenset({"instance"}), tenants=visible_tenants(context.actor))
        watch = Watch(
            lambda: all_instances(context.actor, filters), instance_of_payload, lambda one: matches(one, filters)
        )
        async with context.house.feed.subscribe(match, latest_per_topic=True) as changes:
            async for instance in states(context.audience, changes, watch):
                yield instance

    @stream(
        InstanceLogLine,
        "An instance's log: lines after a cursor, or the last ones, then what comes. None is lost; a reader that "
        "falls too far behind gets an error and resumes with the last cursor it has.",
    )
    async def instance_logs(
        self, info: Info, id: InstanceId, tail: Tail = None, follow: Follow = True, after: AfterLine = None
    ) -> AsyncGenerator[InstanceLogLine, None]:
        streams, actor = info.context.house.streams, info.context.actor
        async with streams.logs(actor, id, tail=tail, after=after, follow=follow) as lines:
            recovered = lines.recovered
            async for line in lines:
                yield InstanceLogLine.of(line, recovered)
                recovered = None

    @stream(
        InstanceStats,
        "What a running instance uses, sample by sample; the newest counts. Ends when it stops.",
        shared=Sharing.ROLE,
    )
    async def instance_stats(
        self, info: Info, id: InstanceId, interval_s: IntervalS = 1.0
    ) -> AsyncGenerator[StatsSample, None]:
        async with info.context.house.streams.stats(info.context.actor, id, interval_s) as samples:
            async for sample in samples:
                yield sample

    @stream(
        ConsoleOutput,
        "What a running instance's terminal prints from now on. A reader that falls behind gets an error: output is "
        "never thinned out. Needs instances:console.",
    )
    async def instance_console(self, info: Info, id: InstanceId) -> AsyncGenerator[ConsoleOutput, None]:
        text = codecs.getincrementaldecoder("utf-8")(errors="replace")
        async with info.context.house.streams.console(info.context.actor, id) as output:
            async for chunk in output:
                yield ConsoleOutput(text=text.decode(chunk), data=base64.b64encode(chunk).decode())
