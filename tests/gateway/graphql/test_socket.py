"""The graphql-transport-ws protocol, message by message and close by close."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect

from gateway.graphql.messages import PROTOCOL
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.wire import PATIENCE_S, Wire, unacknowledged, wired

WATCH = "subscription { instancesChanged { id state } }"
RENAME = "mutation($id: ID!, $name: String!) { renameInstance(id: $id, name: $name) { id } }"


@pytest.fixture
def door() -> dict[str, Any]:
    return {"init_timeout_s": 1.0, "socket_operations": 3, "max_body_bytes": 4096}


async def test_queries_and_mutations_run_too(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    async with wired(replica.socket_url, people.anna.token) as wire:
        await wire.subscribe("{ serverInfo { name } }", id="a")
        assert await wire.hear() == {
            "type": "next",
            "id": "a",
            "payload": {"data": {"serverInfo": {"name": "Gatehouse"}}},
        }
        assert await wire.hear() == {"type": "complete", "id": "a"}
        await wire.subscribe(RENAME, {"id": instance_id, "name": "x"}, id="a")
        assert (await wire.next_data())["renameInstance"] == {"id": instance_id}
        assert await wire.hear() == {"type": "complete", "id": "a"}


async def test_one_of_several_operations_is_named(replica: Replica, people: People) -> None:
    async with wired(replica.socket_url, people.anna.token) as wire:
        text = "query A { __typename } mutation B { __typename }"
        await wire.say("subscribe", id="1", payload={"query": text, "operationName": "B", "extensions": {"x": 1}})
        assert await wire.next_data() == {"__typename": "Mutation"}


async def test_ping_is_answered_with_its_payload_and_pong_is_taken(replica: Replica) -> None:
    async with unacknowledged(replica.socket_url) as wire:
        await wire.say("ping", payload={"n": 1})
        assert await wire.hear() == {"type": "pong", "payload": {"n": 1}}
        await wire.say("pong")
        await wire.say("ping")
        assert await wire.hear() == {"type": "pong"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ x }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription($v: Int!) { instancesChanged { id } }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_what_cannot_run_is_an_error_and_frees_its_id(
    replica: Replica, people: People, query: str, code: str
) -> None:
    async with wired(replica.socket_url, people.anna.token) as wire:
        for _ in range(2):
            await wire.subscribe(query)
            message = await wire.hear()
            assert (message["type"], message["id"]) == ("error", "1")
            assert message["payload"][0]["extensions"]["code"] == code
        await wire.subscribe("{ __typename }")
        await wire.next_data()


async def test_a_variable_that_does_not_fit_is_an_error(replica: Replica, people: People) -> None:
    async with wired(replica.socket_url, people.anna.token) as wire:
        await wire.subscribe("query($n: Int!) { instances(first: $n) { totalCount } }", {"n": "x"})
        message = await wire.hear()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_complete_ends_a_subscription_and_frees_its_id(replica: Replica, people: People) -> None:
    async with wired(replica.socket_url, people.anna.token) as wire:
        await wire.subscribe(WATCH)
        instance_id = await people.deploy_running()
        assert (await wire.next_data())["instancesChanged"]["id"] == instance_id
        await wire.say("complete", id="1")
        await wire.say("complete", id="unknown")
        await wire.subscribe("{ __typename }", id="2")
        while (message := await wire.hear())["id"] == "1":
            assert message["type"] == "next", "what was on its way may still come"
        await wire.hear()
        await replica.ask(RENAME, {"id": instance_id, "name": "x"}, token=people.anna.token)
        await wire.subscribe("{ __typename }")
        assert await wire.next_data() == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("messages", "code", "reason"),
    [
        ([{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}}], 4401, "Unauthorized"),
        ([{"type": "connection_init"}, {"type": "connection_init"}], 4429, "Too many initialisation requests"),
        ([{"type": "nonsense"}], 4400, None),
        ([{"type": "subscribe"}], 4400, None),
        ([{"type": "subscribe", "id": "", "payload": {}}], 4400, None),
        ([{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": []}}], 4400, None),
        ([{"type": "connection_init", "payload": "text"}], 4400, None),
        ([[]], 4400, None),
        ([], 4408, "Connection initialisation timeout"),
    ],
)
async def test_who_breaks_the_protocol_is_closed(
    replica: Replica, messages: list[Any], code: int, reason: str | None
) -> None:
    async with unacknowledged(replica.socket_url) as wire:
        for message in messages:
            await wire.connection.send(json.dumps(message))
        closed = await wire.closed()
    assert closed[0] == code
    assert reason is None or closed[1] == reason


@pytest.mark.parametrize(("frame", "code"), [("{", 4400), (b"{}", 4400), ("x" * 5000, 1009)])
async def test_frames_that_are_no_messages_close(replica: Replica, frame: str | bytes, code: int) -> None:
    async with unacknowledged(replica.socket_url) as wire:
        await wire.connection.send(frame)
        assert (await wire.closed())[0] == code


async def test_an_id_in_use_closes(replica: Replica, people: People) -> None:
    async with wired(replica.socket_url, people.anna.token) as wire:
        await wire.subscribe(WATCH)
        await wire.subscribe(WATCH)
        assert await wire.closed() == (4409, "Subscriber for 1 already exists")


@pytest.mark.parametrize("offered", [None, ["graphql-ws"]])
async def test_another_subprotocol_is_not_spoken(replica: Replica, offered: Any) -> None:
    async with (
        connect(replica.socket_url) if offered is None else connect(replica.socket_url, subprotocols=offered) as wire
    ):
        async with asyncio.timeout(PATIENCE_S):
            await wire.wait_closed()
        assert wire.close_code == 4406


async def test_a_socket_runs_only_so_many_operations(replica: Replica, people: People) -> None:
    async with wired(replica.socket_url, people.anna.token) as wire:
        for number in range(3):
            await wire.subscribe(WATCH, id=str(number))
        await wire.subscribe(WATCH, id="too many")
        message = await wire.hear()
        assert (message["type"], message["id"]) == ("error", "too many")
        assert message["payload"][0]["extensions"]["code"] == "QUOTA_EXCEEDED"
        await wire.say("complete", id="0")
        await wire.subscribe("{ __typename }", id="fits")
        assert await wire.next_data() == {"__typename": "Query"}


async def test_leaving_ends_everything(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    async with wired(replica.socket_url, people.anna.token) as wire:
        await wire.subscribe("subscription($id: ID!) { instanceStats(id: $id) { at } }", {"id": instance_id})
        await wire.next_data()
        assert replica.engine.open["stats"] == 1
        assert len(replica.house.sockets) == 1
    async with asyncio.timeout(PATIENCE_S):
        while replica.engine.open["stats"] or len(replica.house.sockets):
            await replica.post("{ __typename }")
    assert replica.house.streams.open_upstreams == 0


async def test_a_stopping_replica_sends_everybody_away(replica: Replica, people: People) -> None:
    async with wired(replica.socket_url, people.anna.token) as wire:
        await wire.subscribe(WATCH)
        drained = asyncio.create_task(replica.house.sockets.drain(5.0))
        assert await wire.closed() == (1001, "This server is stopping.")
        assert await drained
    async with connect(replica.socket_url, subprotocols=[PROTOCOL]) as late:  # type: ignore[list-item]
        assert (await Wire(late).closed())[0] == 1001
