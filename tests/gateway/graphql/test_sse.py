"""Event streams, byte by byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.revoke_api_key import revoke_api_key
from tests.domain.people import PASSWORD, SYSTEM
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Pair, Replica
from tests.gateway.graphql.test_accept import URQL
from tests.gateway.graphql.test_accounts import SIGN_IN
from tests.gateway.graphql.wire import PATIENCE_S

WATCH = "subscription($id: ID!) { instanceChanged(id: $id) { state } }"
ALL = "subscription { instancesChanged { id } }"
DELETE = "mutation($id: ID!) { deleteInstance(id: $id) { instance { id } } }"
STREAM = "text/event-stream"


@pytest.fixture
def door() -> dict[str, Any]:
    return {"stream_heartbeat_s": 0.2}


class Events:
    """What comes, split where the protocol splits it."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._chunks = response.aiter_raw()
        self._rest = b""

    async def raw(self) -> bytes:
        """Up to the next empty line."""
        async with asyncio.timeout(PATIENCE_S):
            while b"\n\n" not in self._rest:
                self._rest += await anext(self._chunks)
        block, _, self._rest = self._rest.partition(b"\n\n")
        return block

    async def next(self) -> tuple[str, Any]:
        """The next event: its name and data; signs of life are passed over."""
        while (block := await self.raw()).startswith(b":"):
            pass
        name, data = block.split(b"\n")
        assert name.startswith(b"event: ")
        assert data.startswith(b"data: ")
        return name[7:].decode(), json.loads(data[6:] or b"null")

    async def ended(self) -> bool:
        """Whether nothing more comes; signs of life are passed over."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                while True:
                    self._rest += await anext(self._chunks)
            except (StopAsyncIteration, httpx2.RemoteProtocolError):
                return not self._rest.replace(b":\n\n", b"")


@asynccontextmanager
async def streamed(
    replica: Replica, query: str, variables: Any = None, *, token: str | None, accept: str = STREAM
) -> AsyncIterator[Events]:
    headers = {"accept": accept, **({"authorization": f"Bearer {token}"} if token else {})}
    body = {"query": query, "variables": variables}
    async with (
        httpx2.AsyncClient(timeout=20) as client,
        client.stream("POST", replica.url, json=body, headers=headers) as response,
    ):
        yield Events(response)


async def test_from_deploy_to_delete(pair: Pair, folk: People) -> None:
    instance_id = await folk.deploy()
    async with streamed(pair.there, WATCH, {"id": instance_id}, token=folk.anna.token) as events:
        assert events.response.status_code == 200
        assert events.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert events.response.headers["cache-control"] == "no-cache"
        states = []
        while "RUNNING" not in states:
            states.append((await events.next())[1]["data"]["instanceChanged"]["state"])
        await pair.here.ask(DELETE, {"id": instance_id}, token=folk.anna.token)
        while (event := await events.next())[0] == "next":
            states.append(event[1]["data"]["instanceChanged"]["state"])
        assert event == ("complete", None)
        assert await events.ended()
    assert states[-1] == "DELETED"


async def test_lines_end_in_lf_and_the_last_data_is_there_for_event_source(replica: Replica, people: People) -> None:
    async with streamed(replica, "{ serverInfo { name } }", token=None) as events:
        body = await events.response.aread()
    assert (
        body == b':\n\nevent: next\ndata: {"data":{"serverInfo":{"name":"Gatehouse"}}}\n\nevent: complete\ndata: \n\n'
    )
    assert b"\r" not in body


async def test_a_list_of_types_with_a_stream_gets_one_for_subscriptions(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    async with streamed(replica, WATCH, {"id": instance_id}, token=people.anna.token, accept=URQL) as events:
        assert events.response.headers["content-type"].startswith(STREAM)
        assert (await events.next())[1] == {"data": {"instanceChanged": {"state": "RUNNING"}}}


async def test_faults_are_events_for_who_takes_nothing_else(replica: Replica, people: People) -> None:
    for query in ("{", "{ nonsense }", 'subscription { instanceChanged(id: "nonsense") { id } }'):
        async with streamed(replica, query, token=people.anna.token) as events:
            name, payload = await events.next()
            assert name == "next"
            assert payload["errors"]
            assert await events.next() == ("complete", None)


async def test_mutations_are_streamed_too_but_set_no_cookies(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    rename = 'mutation($id: ID!) { renameInstance(id: $id, name: "x") { name } }'
    async with streamed(replica, rename, {"id": instance_id}, token=people.anna.token) as events:
        assert await events.next() == ("next", {"data": {"renameInstance": {"name": "x"}}})
        assert await events.next() == ("complete", None)
    cookies = SIGN_IN, {"login": "anna", "password": PASSWORD, "cookies": True}
    async with streamed(replica, *cookies, token=None) as events:
        assert (await events.next())[1]["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


async def test_a_silent_stream_shows_signs_of_life(replica: Replica, people: People) -> None:
    async with streamed(replica, ALL, token=people.anna.token) as events:
        assert [await events.raw() for _ in range(3)] == [b":"] * 3


async def test_leaving_ends_the_subscription(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    query = "subscription($id: ID!) { instanceStats(id: $id) { at } }"
    async with streamed(replica, query, {"id": instance_id}, token=people.anna.token) as events:
        await events.next()
        assert replica.engine.open["stats"] == 1
    async with asyncio.timeout(PATIENCE_S):
        while replica.engine.open["stats"] or len(replica.house.sockets):
            await replica.post("{ __typename }")


async def test_a_revoked_key_cuts_the_stream_without_completing_it(pair: Pair, folk: People) -> None:
    with pair.here.inside():
        row, text = await create_api_key(pair.here.house.ports, SYSTEM, KeySpec("graphql", user_id=folk.anna.user.id))
    async with streamed(pair.there, ALL, token=text) as events:
        await events.raw()
        with pair.here.inside():
            await revoke_api_key(pair.here.house.ports, SYSTEM, row.id)
        assert await events.ended()


async def test_a_stopping_replica_cuts_its_streams(replica: Replica, people: People) -> None:
    async with streamed(replica, ALL, token=people.anna.token) as events:
        await events.raw()
        assert await replica.house.sockets.drain(5.0)
        assert await events.ended()


async def test_a_stream_by_get(replica: Replica, people: People) -> None:
    headers = {"accept": STREAM, "authorization": f"Bearer {people.anna.token}"}
    async with (
        httpx2.AsyncClient() as client,
        client.stream("GET", replica.url, params={"query": ALL}, headers=headers) as response,
    ):
        assert response.headers["content-type"].startswith(STREAM)
