"""Limits as clients meet them, and faults of ours as they do not."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from drivers.runtime.memory import MemoryEngine
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.test_sse import streamed
from tests.gateway.graphql.wire import wired


class TestRate:
    @pytest.fixture
    def door(self) -> dict[str, Any]:
        return {"requests": 3, "rate_per_s": 600.0}

    async def test_too_many_are_told_when_to_come_back(self, replica: Replica, people: People) -> None:
        for _ in range(3):
            assert (await replica.post("{ viewer { readOnly } }", token=people.anna.token)).status_code == 200
        reply = await replica.post("{ viewer { readOnly } }", token=people.anna.token)
        assert reply.status_code == 429
        extensions = reply.json()["errors"][0]["extensions"]
        assert extensions["code"] == "RATE_LIMITED"
        assert 0 < extensions["details"]["retryAfterS"] <= int(reply.headers["retry-after"])
        assert (await replica.post("{ viewer { readOnly } }", token=people.bert.token)).status_code == 200

    async def test_anonymous_callers_are_counted_by_address(self, replica: Replica) -> None:
        statuses = [(await replica.post("{ __typename }")).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]

    async def test_sockets_are_counted_too(self, replica: Replica, people: People) -> None:
        async with wired(replica.socket_url, people.anna.token) as wire:
            for _ in range(3):
                await wire.subscribe("{ __typename }")
                await wire.next_data()
                await wire.hear()
            await wire.subscribe("{ __typename }")
            message = await wire.hear()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")


class TestSize:
    @pytest.fixture
    def door(self) -> dict[str, Any]:
        return {"max_cost": 200, "introspection": False, "explorer": False}

    async def test_what_costs_too_much_is_refused_on_every_transport(self, replica: Replica, people: People) -> None:
        query = "query($n: Int! = 100) { instances(first: $n) { nodes { id name } } }"
        error = await replica.refused(query, token=people.anna.token)
        assert error["extensions"]["code"] == "GRAPHQL_TOO_COMPLEX"
        assert error["extensions"]["details"] == {"cost": 301, "limit": 200}
        await replica.ask(query, {"n": 10}, token=people.anna.token)
        async with wired(replica.socket_url, people.anna.token) as wire:
            await wire.subscribe(query)
            assert (await wire.hear())["payload"][0]["extensions"]["code"] == "GRAPHQL_TOO_COMPLEX"
        async with streamed(replica, query, token=people.anna.token) as events:
            assert (await events.next())[1]["errors"][0]["extensions"]["code"] == "GRAPHQL_TOO_COMPLEX"

    async def test_the_schema_can_be_kept_from_everybody(self, replica: Replica, people: People) -> None:
        error = await replica.refused("{ __schema { queryType { name } } }", token=people.root.token)
        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


class TestFaults:
    async def test_a_fault_of_ours_is_masked_and_logged_under_its_request(
        self, replica: Replica, people: People, engine: MemoryEngine, caplog: pytest.LogCaptureFixture
    ) -> None:
        instance_id = await people.deploy_running()
        engine.faults["run_command", False].append(ZeroDivisionError("secret path /etc/x"))  # type: ignore[arg-type]
        query = 'mutation($id: ID!) { runCommand(id: $id, argv: ["ls"]) { exitCode } }'
        with caplog.at_level(logging.ERROR, "gateway.graphql.errors"):
            reply = await replica.post(query, {"id": instance_id}, token=people.anna.token)
        assert reply.status_code == 200
        assert "secret" not in reply.text
        error = reply.json()["errors"][0]
        assert error["message"] == "Something went wrong on our side."
        assert error["extensions"]["code"] == "INTERNAL"
        (record,) = [record for record in caplog.records if record.name == "gateway.graphql.errors"]
        assert error["extensions"]["requestId"] in record.getMessage()
        assert record.exc_info is not None
        assert isinstance(record.exc_info[1], ZeroDivisionError)

    async def test_a_fault_in_a_subscription_is_masked_too(
        self, replica: Replica, people: People, engine: MemoryEngine
    ) -> None:
        instance_id = await people.deploy_running()
        engine.faults["stats", False].append(ZeroDivisionError("secret"))  # type: ignore[arg-type]
        async with wired(replica.socket_url, people.anna.token) as wire:
            await wire.subscribe("subscription($id: ID!) { instanceStats(id: $id) { at } }", {"id": instance_id})
            message = await wire.hear()
        assert message["type"] == "error"
        assert "secret" not in str(message)
