"""GET /metrics: what is only looked up when somebody asks."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client.parser import text_string_to_metric_families

from domain.models.node import Node, NodeState
from domain.models.operation import Operation, OperationState
from domain.models.outbox import OutboxCursor
from gateway.database import entered
from tests.gateway.served import Served, until


async def figures(replica: Served) -> dict[tuple[str, tuple[str, ...]], float]:
    """Sample name and label values → value."""
    response = await replica.client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    families = text_string_to_metric_families(response.text)
    return {
        (sample.name.removeprefix("gatehouse_"), tuple(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


async def test_an_idle_replica(replica: Served) -> None:
    found = await figures(replica)
    assert found["bus_up", ()] == 1
    assert found["open_upstreams", ()] == 0
    assert found["node_up", ("memory", "local")] == 1
    assert found["operations_waiting", ("queued",)] == 0
    assert found["operations_waiting", ("running",)] == 0


async def test_nodes_operations_and_lag_are_looked_up(replica: Served) -> None:
    with entered(replica.house.database):
        await Node.create(name="away", driver="docker", state=NodeState.OFFLINE)
        later = replica.house.ports.clock.now().replace(year=2100)
        await Operation.create(kind="x", state=OperationState.QUEUED, run_at=later)
        cursor = await OutboxCursor.get(id=1)
        await OutboxCursor.filter(id=1).update(last_position=cursor.last_position + 1000)
    found = await figures(replica)
    assert found["node_up", ("docker", "away")] == 0
    assert found["operations_waiting", ("queued",)] == 1
    assert found["feed_lag_events", ()] >= 1000


async def test_operations_are_counted_by_kind_and_outcome(replica: Served) -> None:
    headers = {"x-api-key": replica.keys["skyport"]}
    node = (await replica.client.get("/api/nodes", headers=headers)).json()[0]["id"]
    user = (await replica.client.get("/api/users", headers=headers)).json()[0]["userId"]
    body = {
        "image": "gatehouse/http-echo", "imagename": "gatehouse/http-echo", "memory": 64, "cpu": 1,
        "ports": "18080:18080", "nodeId": node, "name": "a", "user": user, "primary": "18080",
    }  # fmt: skip
    assert (await replica.client.post("/api/instances/deploy", headers=headers, json=body)).status_code == 201

    async def counted() -> bool:
        return ("operations_total", ("instances.build", "succeeded")) in await figures(replica)

    await until(counted)
    found = await figures(replica)
    assert found["requests_total", ("skyport", "POST", "/api/instances/deploy", "201")] == 1
    assert found["request_seconds_count", ("skyport", "/api/instances/deploy")] == 1


async def test_a_crashing_task_shows(replica: Served) -> None:
    crashed = asyncio.Event()

    async def run() -> None:
        crashed.set()
        raise ValueError

    replica.house.background.start("doomed", run)
    await crashed.wait()
    await asyncio.sleep(0)
    assert (await figures(replica))["background_task_failing", ("doomed",)] == 1


async def test_two_replicas_of_one_process_have_figures_of_their_own(
    replica: Served, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.gateway.served import served, settings_for

    await replica.client.get("/healthz")
    async with served(settings_for(tmp_path_factory.mktemp("other"))) as other:
        assert ("requests_total", ("gateway", "GET", "/healthz", "200")) not in await figures(other)
