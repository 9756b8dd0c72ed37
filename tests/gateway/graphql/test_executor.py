"""A subscription that lives long: nothing of an event outlives it."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from graphql import Executor, parse

from domain.access import Actor
from domain.jobs.feed import Delivered, Match
from domain.models.ids import uuid7
from gateway.graphql.answer import Answer
from gateway.graphql.context import Context
from gateway.graphql.documents import Prepared
from gateway.graphql.engine import Engine
from gateway.graphql.engines import the_schema
from gateway.graphql.executor import OperationExecutor
from gateway.graphql.request import GraphQLRequest
from gateway.graphql.settings import GraphQLSettings

QUERY = 'subscription { events(topics: ["instance"]) { cursor name topic payload at } }'
WARM = 500
MANY = 20_000


class EndlessFeed:
    """Always has one more event."""

    @asynccontextmanager
    async def follow(self, match: Match, after: str | None, *, max_pending: int) -> AsyncIterator[Any]:
        yield self

    recovered = None

    async def __aiter__(self) -> AsyncIterator[Delivered]:
        now, tenant = datetime.now(UTC), uuid7()
        position = 0
        while True:
            position += 1
            yield Delivered(position, "InstanceChanged", "instance:x", "instance", tenant, {"state": "running"}, now)


def context() -> Context:
    house: Any = SimpleNamespace(feed=EndlessFeed(), ports=None)
    return Context(house=house, ports=house.ports, caller=Actor.system(), request_id="test")


async def stream() -> AsyncIterator[Answer]:
    engine = Engine(the_schema(), GraphQLSettings(requests=0))
    prepared = await engine.prepare(GraphQLRequest(QUERY), context())
    assert isinstance(prepared, Prepared)
    started = await engine.subscribe(prepared, context())
    assert not isinstance(started, Answer)
    async with aclosing(started):
        async for answer in started:
            yield answer


def alive() -> int:
    gc.collect()
    return len(gc.get_objects())


async def test_memory_stays_flat_over_many_events() -> None:
    """graphql-core by itself keeps fourteen objects of every event: here that would be 280,000."""
    answers = stream()
    async with aclosing(answers):  # type: ignore[type-var]
        for _ in range(WARM):
            await anext(answers)
        before = alive()
        for _ in range(MANY):
            answer = await anext(answers)
        after = alive()
    assert answer.errors is None
    assert after - before < 200


async def test_every_event_has_loaders_of_its_own() -> None:
    made = context()
    executor = OperationExecutor.build(
        the_schema()._schema, parse("subscription { instancesChanged { id } }"), context_value=made
    )
    assert isinstance(executor, Executor)
    one, two = executor.build_per_event_executor("one"), executor.build_per_event_executor("two")
    assert one.context_value.loaders is not two.context_value.loaders
    assert one.context_value.caller is made.caller
    assert one._relevant_sub_fields is not two._relevant_sub_fields
