"""Answers as event streams, in the graphql-sse protocol's distinct-connections mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import orjson

from gateway.graphql.answer import Answer
from gateway.graphql.context import Context
from gateway.graphql.documents import Prepared
from gateway.graphql.engine import Engine
from realtime.event_stream import EventStream, event

COMPLETE = event("complete")


async def subscribed_stream(engine: Engine, prepared: Prepared, context: Context) -> EventStream:
    """A subscription; ends with its credential."""
    held = AsyncExitStack()
    started = await engine.subscribe(prepared, context)
    if isinstance(started, Answer):
        return answered_stream(started)
    held.push_async_callback(started.aclose)
    house, actor = context.house, context.caller
    stream = EventStream(_events(started), held, heartbeat_s=engine.settings.stream_heartbeat_s)
    held.enter_context(house.sockets.holding(stream))
    if actor is not None:
        house.sockets.admit(stream, actor)
        if actor.expires_at is not None:
            stream.expire_in((actor.expires_at - house.ports.clock.now()).total_seconds())
    return stream


def answered_stream(answer: Answer) -> EventStream:
    """One answer for a client that takes nothing but streams."""
    return EventStream(_one(answer), AsyncExitStack(), heartbeat_s=60.0)


async def _events(answers: AsyncIterator[Answer]) -> AsyncIterator[bytes]:
    async for answer in answers:
        yield event("next", orjson.dumps(answer.payload))
    yield COMPLETE


async def _one(answer: Answer) -> AsyncIterator[bytes]:
    yield event("next", orjson.dumps(answer.payload))
    yield COMPLETE
