"""The clients people really use: graphql-ws and graphql-sse from npm."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from domain.accounts.create_api_key import KeySpec, create_api_key
from domain.accounts.revoke_api_key import revoke_api_key
from domain.models import TenantRole
from domain.tenants.add_member import add_member
from tests.domain.people import SYSTEM
from tests.gateway.graphql.clients import Program, start
from tests.gateway.graphql.people import People, a_key
from tests.gateway.graphql.serving import Replica

WATCH = "subscription($id: ID!) { instanceChanged(id: $id) { state } }"
DELETE = "mutation($id: ID!) { deleteInstance(id: $id) { instance { id } } }"
SCRIPTS = {"ws": "graphql-ws.mjs", "sse": "graphql-sse.mjs"}


@pytest.fixture(params=["ws", "sse"])
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
async def client(kind: str, node: str, node_modules: Path, replica: Replica, people: People) -> AsyncIterator[Program]:
    """A client that signs in as anna."""
    url = replica.socket_url if kind == "ws" else replica.url
    program = await start(node, SCRIPTS[kind], url, people.anna.token)
    yield program
    await program.stop()


async def run(client: Program, query: str, variables: dict[str, Any] | None = None) -> None:
    await client.tell(json.dumps({"query": query, "variables": variables}))


async def said(client: Program, *names: str) -> Any:
    """The next value of one of these kinds."""
    while True:
        line = await client.line()
        for name in names:
            if name in line:
                return line[name]


async def test_a_query_a_fault_and_a_deployment_to_its_end(client: Program, replica: Replica, people: People) -> None:
    await run(client, "{ viewer { user { username } } }")
    assert (await said(client, "next"))["data"] == {"viewer": {"user": {"username": "anna"}}}
    await said(client, "complete")
    await run(client, "{ nonsense }")
    fault = await said(client, "next", "error")
    errors = fault["errors"] if isinstance(fault, dict) else fault
    assert errors[0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    await run(client, WATCH, {"id": await people.deploy_running()})
    instance_id = None
    state = (await said(client, "next"))["data"]["instanceChanged"]["state"]
    assert state == "RUNNING"
    listed = await replica.ask("{ instances { nodes { id } } }", token=people.anna.token)
    instance_id = listed["instances"]["nodes"][0]["id"]
    await replica.ask(DELETE, {"id": instance_id}, token=people.anna.token)
    while state != "DELETED":
        state = (await said(client, "next"))["data"]["instanceChanged"]["state"]
    assert await said(client, "complete")


async def test_graphql_ws_comes_back_by_itself_when_rights_change(
    node: str, node_modules: Path, replica: Replica, people: People
) -> None:
    with replica.inside():
        token = await a_key(replica, people.bert.user)
    program = await start(node, SCRIPTS["ws"], replica.socket_url, token)
    try:
        await run(program, "subscription { instancesChanged { name } }")
        assert await said(program, "connected") == 1
        await people.deploy("bert's", who=people.bert)
        assert (await said(program, "next"))["data"]["instancesChanged"]["name"] == "bert's"
        await people.deploy_running("anna's")
        with replica.inside():
            await add_member(replica.house.ports, SYSTEM, people.anna.tenant.id, people.bert.user.id, TenantRole.VIEWER)
        assert await said(program, "closed") == 1012
        assert await said(program, "connected") == 2
        names = set()
        while "anna's" not in names:
            names.add((await said(program, "next"))["data"]["instancesChanged"]["name"])
    finally:
        await program.stop()


async def test_graphql_ws_gives_up_when_its_key_is_revoked(
    node: str, node_modules: Path, replica: Replica, people: People
) -> None:
    with replica.inside():
        row, text = await create_api_key(replica.house.ports, SYSTEM, KeySpec("graphql", user_id=people.anna.user.id))
    program = await start(node, SCRIPTS["ws"], replica.socket_url, text)
    try:
        await run(program, "subscription { instancesChanged { name } }")
        await said(program, "connected")
        with replica.inside():
            await revoke_api_key(replica.house.ports, SYSTEM, row.id)
        assert await said(program, "closed") == 4401
        assert await said(program, "error") == 4401
    finally:
        await program.stop()


async def test_graphql_sse_is_told_401(node: str, node_modules: Path, replica: Replica, people: People) -> None:
    program = await start(node, SCRIPTS["sse"], replica.url, "nonsense")
    try:
        await run(program, "subscription { instancesChanged { name } }")
        assert await said(program, "error", "next") == 401
    finally:
        await program.stop()
