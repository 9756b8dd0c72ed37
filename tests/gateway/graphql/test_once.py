"""Idempotency-Key: the whole request once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from domain.errors import Unavailable
from domain.models import ApiKey, IdempotencyRecord, Instance
from drivers.runtime.memory import MemoryEngine
from tests.gateway.graphql.people import DEPLOY, People
from tests.gateway.graphql.serving import Pair, Replica

INPUT = {"name": "web", "imageName": "site", "memoryBytes": 64 << 20, "cpuMillis": 100}
KEY = 'mutation { createApiKey(input: { name: "ci" }) { key } }'


async def deploy(replica: Replica, token: str, key: str, **change: Any) -> httpx2.Response:
    headers = {"idempotency-key": key}
    return await replica.post(DEPLOY, {"input": {**INPUT, **change}}, token=token, headers=headers)


async def count(replica: Replica) -> int:
    with replica.inside():
        return await Instance.all().count()


async def test_the_same_request_is_done_once_and_answered_alike(pair: Pair, folk: People) -> None:
    first = await deploy(pair.here, folk.anna.token, "k1")
    again = await deploy(pair.there, folk.anna.token, "k1")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await count(pair.here) == 1


async def test_many_at_once_make_one(pair: Pair, folk: People) -> None:
    replies = await asyncio.gather(
        *(deploy(replica, folk.anna.token, "k1") for replica in (pair.here, pair.there) for _ in range(4))
    )
    codes = {reply.json()["errors"][0]["extensions"]["code"] for reply in replies if "errors" in reply.json()}
    assert codes <= {"LOCKED"}
    assert await count(pair.here) == 1


async def test_another_body_is_a_conflict(replica: Replica, people: People) -> None:
    await deploy(replica, people.anna.token, "k1")
    other = await deploy(replica, people.anna.token, "k1", name="other")
    assert other.status_code == 409
    error = other.json()["errors"][0]
    assert (error["extensions"]["code"], error["extensions"]["details"]["reason"]) == ("CONFLICT", "mismatch")
    assert await count(replica) == 1


async def test_keys_belong_to_their_credential(replica: Replica, people: People) -> None:
    await deploy(replica, people.anna.token, "k1")
    await deploy(replica, people.bert.token, "k1")
    assert await count(replica) == 2


async def test_several_mutations_are_one_request(replica: Replica, people: People) -> None:
    two = """
    mutation($a: DeployInstanceInput!, $b: DeployInstanceInput!) {
      a: deployInstance(input: $a) { instance { id } }
      b: deployInstance(input: $b) { instance { id } }
    }
    """
    variables = {"a": {**INPUT, "name": "a"}, "b": {**INPUT, "name": "b"}}
    replies = [
        await replica.post(two, variables, token=people.anna.token, headers={"idempotency-key": "k"}) for _ in range(2)
    ]
    assert replies[0].content == replies[1].content
    assert await count(replica) == 2


async def test_a_refusal_is_kept_too(replica: Replica, people: People) -> None:
    first = await deploy(replica, people.anna.token, "k1", memoryBytes=1)
    again = await deploy(replica, people.anna.token, "k1", memoryBytes=1)
    assert first.json()["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    assert again.content == first.content


async def test_what_was_not_done_may_be_tried_again(replica: Replica, people: People, engine: MemoryEngine) -> None:
    instance_id = await people.deploy_running()
    engine.faults["console", False].append(Unavailable("The engine is away."))
    query, headers = 'mutation($id: ID!) { sendConsoleInput(id: $id, input: "x") }', {"idempotency-key": "k1"}
    first = await replica.post(query, {"id": instance_id}, token=people.anna.token, headers=headers)
    assert first.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    again = await replica.post(query, {"id": instance_id}, token=people.anna.token, headers=headers)
    assert again.json() == {"data": {"sendConsoleInput": True}}


async def test_what_was_begun_is_not_done_twice(replica: Replica, people: People, engine: MemoryEngine) -> None:
    instance_id = await people.deploy_running()
    engine.faults["run_command", True].append(Unavailable("The engine went away."))
    query, headers = 'mutation($id: ID!) { runCommand(id: $id, argv: ["echo"]) { exitCode } }', {"idempotency-key": "k"}
    replies = [
        await replica.post(query, {"id": instance_id}, token=people.anna.token, headers=headers) for _ in range(2)
    ]
    assert replies[0].json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert replies[1].content == replies[0].content
    assert engine.calls["run_command"] == 1


async def test_a_secret_is_answered_again_but_not_kept_readable(replica: Replica, people: People) -> None:
    replies = [await replica.post(KEY, token=people.anna.token, headers={"idempotency-key": "k"}) for _ in range(2)]
    assert replies[0].content == replies[1].content
    secret = replies[0].json()["data"]["createApiKey"]["key"]
    with replica.inside():
        (record,) = await IdempotencyRecord.all()
        assert secret.encode() not in bytes(record.body or b"")
        assert await ApiKey.filter(name="ci").count() == 1


async def test_queries_and_anonymous_requests_know_no_keys(replica: Replica, people: People) -> None:
    headers = {"idempotency-key": "k"}
    await replica.post("{ viewer { readOnly } }", token=people.anna.token, headers=headers)
    await replica.post("{ __typename }", headers=headers)
    with replica.inside():
        assert await IdempotencyRecord.all().count() == 0


async def test_a_key_that_is_none_is_refused(replica: Replica, people: People) -> None:
    reply = await deploy(replica, people.anna.token, "x" * 256)
    assert (reply.status_code, reply.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_INPUT")
    streaming = await replica.post(
        KEY, token=people.anna.token, headers={"idempotency-key": "k", "accept": "text/event-stream"}
    )
    assert b"INVALID_INPUT" in streaming.content
    with replica.inside():
        assert await ApiKey.filter(name="ci").count() == 0
