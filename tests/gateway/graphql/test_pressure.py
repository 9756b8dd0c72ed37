"""Who reads slowly: of a state the newest, of a story everything or the word that something is missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from domain.accounts.authenticate import Credential, CredentialKind, authenticate
from domain.events import Event
from domain.jobs.feed import Match, cursor_of
from domain.unit import unit_of_work
from gateway.graphql.answer import Answer
from gateway.graphql.context import Context
from gateway.graphql.documents import Prepared
from gateway.graphql.engines import engine_for
from gateway.graphql.request import GraphQLRequest
from tests.gateway.graphql.people import People, Person
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.wire import PATIENCE_S, wired

WATCH = "subscription($id: ID!) { instanceChanged(id: $id) { name revision } }"
ALL = "subscription { instancesChanged { name } }"
EVENTS = 'subscription($after: String) { events(topics: ["image"], after: $after) { cursor payload recovered } }'
RENAME = "mutation($id: ID!, $name: String!) { renameInstance(id: $id, name: $name) { id } }"
CONSOLE = "subscription($id: ID!) { instanceConsole(id: $id) { data } }"
TYPE = 'mutation($id: ID!) { sendConsoleInput(id: $id, input: "x") }'
MANY = 1500
START = cursor_of(0)
CHUNKS, CHUNK_BYTES = 200, 64 * 1024


async def started(
    replica: Replica, who: Person, query: str, variables: dict[str, Any] | None = None
) -> AsyncGenerator[Answer, None]:
    """A subscription that only goes on when the test reads it."""
    house = replica.house
    actor = await authenticate(house.ports, Credential(CredentialKind.ANY, who.token, "graphql"))
    context = Context(house=house, ports=house.ports, caller=actor, request_id="test")
    engine = engine_for(house.settings.graphql)
    prepared = await engine.prepare(GraphQLRequest(query, variables), context)
    assert isinstance(prepared, Prepared)
    stream = await engine.subscribe(prepared, context)
    assert not isinstance(stream, Answer)
    return stream


async def read(stream: AsyncGenerator[Answer, None]) -> Answer:
    async with asyncio.timeout(PATIENCE_S):
        return await anext(stream)


async def told(replica: Replica, numbers: range) -> None:
    """Events of an image that nobody made, one for each number; returns when the feed has handed all of them out."""
    marker = Match(topics=frozenset({"image:marker"}))
    async with replica.house.feed.subscribe(marker) as marks, asyncio.timeout(PATIENCE_S):
        async with unit_of_work(replica.house.ports) as unit:
            for number in numbers:
                unit.emit(Event("ImageChanged", "image:x", {"number": number}))
            unit.emit(Event("ImageChanged", "image:marker", {"number": None}))
        await anext(marks)


async def test_of_a_state_the_newest_is_enough(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    with replica.inside():
        one = await started(replica, people.anna, WATCH, {"id": instance_id})
        several = await started(replica, people.anna, ALL)
        async with aclosing(one), aclosing(several):
            await read(one)
            await read(several)
            for number in range(5):
                await replica.ask(RENAME, {"id": instance_id, "name": f"name {number}"}, token=people.anna.token)
            await told(replica, range(0))
            for stream, field in ((one, "instanceChanged"), (several, "instancesChanged")):
                data = (await read(stream)).data
                assert data is not None
                assert data[field]["name"] == "name 4"


async def test_of_a_story_nothing_is_lost_in_silence(replica: Replica, people: People) -> None:
    with replica.inside():
        await told(replica, range(1))
        first = await read_all(replica, people, START, then=lambda: told(replica, range(1, MANY)))
        assert first[-1].errors is not None
        assert first[-1].errors[0]["extensions"]["code"] == "UNAVAILABLE"
        events = [answer.data["events"] for answer in first if answer.data is not None]
        rest = await read_all(replica, people, events[-1]["cursor"], up_to=MANY - 1)
        resumed = [answer.data["events"] for answer in rest if answer.data is not None]
    assert resumed[0]["recovered"] is True
    numbers = [event["payload"]["number"] for event in events + resumed]
    assert [number for number in numbers if number is not None] == list(range(MANY))


async def read_all(
    replica: Replica,
    people: People,
    after: str,
    *,
    then: Callable[[], Awaitable[None]] | None = None,
    up_to: int | None = None,
) -> list[Answer]:
    """Answers until the stream ends or brings that number. then: done after the first, while nobody reads."""
    stream = await started(replica, people.root, EVENTS, {"after": after})
    async with aclosing(stream):
        seen = [await read(stream)]
        if then is not None:
            await then()
        while seen[-1].data is not None and seen[-1].data["events"]["payload"]["number"] != (up_to or -1):
            seen.append(await read(stream))
    return seen


async def test_a_socket_that_is_never_read_is_dropped_and_others_are_not_held_up(
    replica: Replica, people: People
) -> None:
    watched = {"id": await people.deploy_running()}
    (instance,) = replica.engine.instances.values()
    async with wired(replica.socket_url, people.anna.token, max_queue=1, close_timeout=0.2) as deaf:
        await deaf.subscribe(CONSOLE, watched)
        await until(replica, lambda: replica.engine.open["console"] == 1)
        async with wired(replica.socket_url, people.anna.token) as other:
            await other.subscribe(CONSOLE, watched)
            hearing = asyncio.create_task(other.next_data())
            while not hearing.done():
                await replica.ask(TYPE, watched, token=people.anna.token)
            instance.console_output.extend([b"x" * CHUNK_BYTES] * CHUNKS)
            replica.engine.changed.tell()
            while len((await other.next_data())["instanceConsole"]["data"]) < CHUNK_BYTES:
                """What was typed more than once."""
            for _ in range(CHUNKS - 1):
                await other.next_data()
            now = asyncio.get_running_loop().time()
            for later_s in (0, 21):
                for member in tuple(replica.house.sockets._open):
                    member.look_after(now + later_s)
            await until(replica, lambda: len(replica.house.sockets) == 1)
            await other.subscribe("{ __typename }", id="2")
            assert await other.next_data() == {"__typename": "Query"}


async def until(replica: Replica, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await replica.post("{ __typename }")
