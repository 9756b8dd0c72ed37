"""Instances: read and changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drivers.runtime.memory import MemoryEngine
from tests.gateway.graphql.people import DEPLOY, People
from tests.gateway.graphql.queries import counted_queries
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.wire import wired

LIST = """
query(
  $first: Int!, $after: String, $filter: InstanceFilter, $orderBy: InstanceOrder! = NAME, $direction: Direction! = ASC
) {
  instances(first: $first, after: $after, filter: $filter, orderBy: $orderBy, direction: $direction) {
    nodes { name } edges { cursor node { name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
  }
}
"""
WAIT = "subscription($id: ID!) { instanceChanged(id: $id) { state suspended memoryBytes cpuMillis } }"


async def settled(replica: Replica, people: People, instance_id: str, state: str) -> dict[str, Any]:
    """The instance when it has reached a state."""
    async with wired(replica.socket_url, people.root.token) as wire:
        await wire.subscribe(WAIT, {"id": instance_id})
        while (shown := (await wire.next_data())["instanceChanged"])["state"] != state:
            pass
    found: dict[str, Any] = shown
    return found


def promise(name: str, arguments: str = "") -> str:
    return (
        f"mutation($id: ID!) {{ {name}(id: $id{arguments}) "
        "{ instance { id state suspended suspendedReason } operation { id kind state instance { id } } } }"
    )


async def test_deploy_answers_at_once_with_the_instance_and_its_operation(replica: Replica, people: People) -> None:
    given = {
        "name": "Web Site",
        "imageId": str(people.image.id),
        "memoryBytes": 3 << 30,
        "cpuMillis": 1500,
        "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}],
        "ports": [{"containerPort": 80}, {"containerPort": 53, "hostPort": 30053, "protocol": "udp"}],
        "primaryPort": 30053,
        "region": "local",
        "diskBytes": 5 << 30,
    }
    asked = """mutation($input: DeployInstanceInput!) { deployInstance(input: $input) {
      instance { id shortId name slug state memoryBytes cpuMillis diskBytes imageRef primaryPort createdAt startedAt
        deletedAt suspended env { name value } ports { containerPort hostPort protocol } node { id } owner { id } }
      operation { kind progress tenantId attempts cancelRequested endedAt } } }"""
    made = (await replica.ask(asked, {"input": given}, token=people.anna.token))["deployInstance"]
    instance = made["instance"]
    assert instance["state"] == "INSTALLING"
    assert (instance["name"], instance["slug"]) == ("Web Site", "web-site")
    assert (instance["memoryBytes"], instance["cpuMillis"], instance["diskBytes"]) == (3 << 30, 1500, 5 << 30)
    assert instance["env"] == [{"name": "A", "value": "2"}]
    assert instance["ports"][1] == {"containerPort": 53, "hostPort": 30053, "protocol": "udp"}
    assert instance["primaryPort"] == 30053
    assert instance["owner"] == {"id": str(people.anna.user.id)}
    assert made["operation"]["kind"] == "instances.build"
    assert made["operation"]["tenantId"] == str(people.anna.tenant.id)
    again = await replica.ask(
        "query($id: ID!) { instance(id: $id) { id } }", {"id": instance["shortId"]}, token=people.anna.token
    )
    assert again["instance"]["id"] == instance["id"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"name": " "}, "INVALID_INPUT", "name"),
        ({"memoryBytes": 1}, "INVALID_INPUT", "memoryBytes"),
        ({"imageName": "unknown"}, "INVALID_INPUT", "image"),
        ({"imageName": None, "imageRef": "any:1"}, "FORBIDDEN", None),
        ({"ports": [{"containerPort": 70000}]}, "INVALID_INPUT", "ports"),
        ({"env": [{"name": "1 bad", "value": ""}]}, "INVALID_INPUT", "env"),
        ({"ownerId": "00000000-0000-7000-8000-000000000000"}, "INVALID_INPUT", "ownerId"),
        ({"tenantId": "00000000-0000-7000-8000-000000000000"}, "NOT_FOUND", None),
    ],
)
async def test_what_cannot_be_deployed_is_refused_and_nothing_is_made(
    replica: Replica, people: People, change: dict[str, Any], code: str, field: str | None
) -> None:
    given = {"name": "web", "imageName": "site", "memoryBytes": 64 << 20, "cpuMillis": 100, **change}
    response = await replica.post(DEPLOY, {"input": given}, token=people.anna.token)
    assert response.status_code == 200
    answer = response.json()
    assert answer["data"] == {"deployInstance": None}
    extensions = answer["errors"][0]["extensions"]
    assert extensions["code"] == code
    assert extensions.get("details", {}).get("field") == field
    assert extensions["requestId"] == response.headers["x-request-id"]
    assert (await replica.ask("{ instances { totalCount } }", token=people.root.token))["instances"]["totalCount"] == 0


async def test_pages_follow_each_other_to_the_end(replica: Replica, people: People) -> None:
    for name in ("c", "a", "d", "b", "e"):
        await people.deploy(name)
    names: list[str] = []
    after, pages = None, 0
    while True:
        data = await replica.ask(LIST, {"first": 2, "after": after}, token=people.anna.token)
        page = data["instances"]
        pages += 1
        assert page["totalCount"] == 5
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        names += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert (names, pages) == (["a", "b", "c", "d", "e"], 3)
    turned = await replica.ask(LIST, {"first": 9, "direction": "DESC"}, token=people.anna.token)
    assert [node["name"] for node in turned["instances"]["nodes"]] == ["e", "d", "c", "b", "a"]


async def test_a_cursor_of_an_edge_continues_after_it(replica: Replica, people: People) -> None:
    for name in ("a", "b", "c"):
        await people.deploy(name)
    first = (await replica.ask(LIST, {"first": 3}, token=people.anna.token))["instances"]
    rest = await replica.ask(LIST, {"first": 3, "after": first["edges"][0]["cursor"]}, token=people.anna.token)
    assert [node["name"] for node in rest["instances"]["nodes"]] == ["b", "c"]


async def test_filters_narrow(replica: Replica, people: People) -> None:
    await people.deploy_running("runs")
    await people.deploy("hidden", who=people.bert)
    for wanted, names in (
        ({"states": ["RUNNING"]}, ["runs"]),
        ({"states": ["FAILED"]}, []),
        ({"nameContains": "UN"}, ["runs"]),
        ({"suspended": True}, []),
        ({"tenantId": str(people.bert.tenant.id)}, []),
        (
            {"ownerId": str(people.anna.user.id), "nodeId": str(people.node.id), "imageId": str(people.image.id)},
            ["runs"],
        ),
    ):
        data = await replica.ask(LIST, {"first": 9, "filter": wanted}, token=people.anna.token)
        assert [node["name"] for node in data["instances"]["nodes"]] == names, wanted


@pytest.mark.parametrize(
    "variables",
    [{"first": 0}, {"first": 201}, {"first": 2, "after": "nonsense"}, {"first": 1, "filter": {"nodeId": "x"}}],
)
async def test_a_page_that_cannot_be_is_refused(replica: Replica, people: People, variables: dict[str, Any]) -> None:
    error = await replica.refused(LIST, variables, token=people.anna.token)
    assert error["extensions"]["code"] in ("INVALID_INPUT", "NOT_FOUND")


async def test_a_cursor_of_another_order_is_refused(replica: Replica, people: People) -> None:
    await people.deploy("a")
    page = (await replica.ask(LIST, {"first": 1}, token=people.anna.token))["instances"]
    other = {"first": 1, "after": page["pageInfo"]["endCursor"], "orderBy": "CREATED_AT"}
    error = await replica.refused(LIST, other, token=people.anna.token)
    assert error["extensions"]["details"] == {"field": "after"}


async def test_the_total_is_counted_only_when_asked_for(replica: Replica, people: People) -> None:
    """Also when it hides in a fragment; the count is a query of its own, seen here by its field being null."""
    named = "query { instances { ...F } } fragment F on InstanceConnection { ... { totalCount } }"
    assert (await replica.ask(named, token=people.anna.token))["instances"] == {"totalCount": 0}


async def test_power_stop_start_restart_kill(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    for name, kind, state in (
        ("stopInstance", "instances.stop", "STOPPED"),
        ("startInstance", "instances.start", "RUNNING"),
        ("restartInstance", "instances.restart", "RUNNING"),
        ("killInstance", "instances.kill", "STOPPED"),
    ):
        made = (await replica.ask(promise(name), {"id": instance_id}, token=people.anna.token))[name]
        assert made["operation"]["kind"] == kind
        assert made["operation"]["instance"]["id"] == made["instance"]["id"] == instance_id
        await settled(replica, people, instance_id, state)


async def test_resize_changes_what_is_given(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    asked = promise("resizeInstance", ", memoryBytes: 134217728")
    await replica.ask(asked, {"id": instance_id}, token=people.anna.token)
    shown = await settled(replica, people, instance_id, "RUNNING")
    assert (shown["memoryBytes"], shown["cpuMillis"]) == (128 << 20, 100)
    error = await replica.refused(
        promise("resizeInstance", ", memoryBytes: 1"), {"id": instance_id}, token=people.anna.token
    )
    assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_suspend_is_the_platforms_and_binds_the_owner(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    suspend = promise("suspendInstance", ', reason: "unpaid"')
    assert (await replica.refused(suspend, {"id": instance_id}, token=people.anna.token))["extensions"][
        "code"
    ] == "FORBIDDEN"
    made = (await replica.ask(suspend, {"id": instance_id}, token=people.root.token))["suspendInstance"]
    assert (made["instance"]["suspended"], made["instance"]["suspendedReason"]) == (True, "unpaid")
    await settled(replica, people, instance_id, "STOPPED")
    error = await replica.refused(promise("startInstance"), {"id": instance_id}, token=people.anna.token)
    assert error["extensions"]["code"] == "CONFLICT"
    await replica.ask(promise("unsuspendInstance"), {"id": instance_id}, token=people.root.token)
    assert (await settled(replica, people, instance_id, "RUNNING"))["suspended"] is False


async def test_redeploy_keeps_the_identity_and_replaces_the_environment(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running(env=[{"name": "A", "value": "1"}])
    asked = promise("redeployInstance", ', env: [{ name: "B", value: "2" }]')
    made = (await replica.ask(asked, {"id": instance_id}, token=people.anna.token))["redeployInstance"]
    assert made["instance"]["id"] == instance_id
    await settled(replica, people, instance_id, "RUNNING")
    shown = await replica.ask(
        "query($id: ID!) { instance(id: $id) { env { name value } } }", {"id": instance_id}, token=people.anna.token
    )
    assert shown["instance"]["env"] == [{"name": "B", "value": "2"}]


async def test_run_command_answers_with_what_it_did(replica: Replica, people: People) -> None:
    instance_id = await people.deploy_running()
    asked = 'mutation($id: ID!) { runCommand(id: $id, argv: ["echo", "hi"]) { exitCode stdout stderr truncated } }'
    result = (await replica.ask(asked, {"id": instance_id}, token=people.anna.token))["runCommand"]
    assert (result["exitCode"], result["truncated"]) == (0, False)
    refused = asked.replace('["echo", "hi"]', "[]")
    assert (await replica.refused(refused, {"id": instance_id}, token=people.anna.token))["extensions"][
        "code"
    ] == "INVALID_INPUT"


async def test_deleted_is_gone_but_listed_on_demand(replica: Replica, people: People, engine: MemoryEngine) -> None:
    instance_id = await people.deploy_running()
    async with wired(replica.socket_url, people.anna.token) as wire:
        await wire.subscribe(WAIT, {"id": instance_id})
        await wire.next_data()
        await replica.ask(promise("deleteInstance"), {"id": instance_id}, token=people.anna.token)
        while (await wire.hear())["type"] != "complete":
            pass
    assert engine.instances == {}
    error = await replica.refused(
        "query($id: ID!) { instance(id: $id) { id } }", {"id": instance_id}, token=people.anna.token
    )
    assert error["extensions"]["code"] == "NOT_FOUND"
    gone = await replica.ask(LIST, {"first": 9, "filter": {"includeDeleted": True}}, token=people.anna.token)
    assert len(gone["instances"]["nodes"]) == 1


MUTATIONS = [
    *(promise(name) for name in ("stopInstance", "startInstance", "restartInstance", "killInstance", "deleteInstance")),
    *(promise(name) for name in ("resizeInstance", "redeployInstance", "suspendInstance", "unsuspendInstance")),
    'mutation($id: ID!) { renameInstance(id: $id, name: "x") { id } }',
    'mutation($id: ID!) { runCommand(id: $id, argv: ["ls"]) { exitCode } }',
    'mutation($id: ID!) { sendConsoleInput(id: $id, input: "x") }',
]


@pytest.mark.parametrize("query", MUTATIONS)
async def test_nobody_touches_another_tenants(replica: Replica, people: People, query: str) -> None:
    instance_id = await people.deploy_running(who=people.bert)
    for wanted in (instance_id, "00000000-0000-7000-8000-000000000000", "nonsense"):
        error = await replica.refused(query, {"id": wanted}, token=people.anna.token)
        assert error["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("query", MUTATIONS)
async def test_a_viewer_changes_nothing(replica: Replica, people: People, query: str) -> None:
    instance_id = await people.deploy_running()
    assert (await replica.refused(query, {"id": instance_id}, token=people.vera.token))["extensions"][
        "code"
    ] == "FORBIDDEN"


async def test_related_rows_are_one_query_per_kind(replica: Replica, people: People) -> None:
    for name in "abcde":
        await people.deploy_running(name)
    nested = """{ instances { nodes { node { name } image { name } tenant { name } owner { username } ports { hostPort }
      env { name } operations { kind instance { name } } } } }"""
    with counted_queries(replica) as plain:
        await replica.ask("{ instances { nodes { name } } }", token=people.anna.token)
    with counted_queries(replica) as full:
        data = await replica.ask(nested, token=people.anna.token)
    assert len(data["instances"]["nodes"]) == 5
    assert len(plain) >= 1, "queries are counted"
    assert 7 <= len(full) - len(plain) <= 9, full


@pytest.mark.parametrize("size", ['"abc"', "2.5", "true", "99999999999999999999999"])
async def test_a_size_that_is_no_number_is_the_callers_fault(replica: Replica, people: People, size: str) -> None:
    literal = f'mutation {{ deployInstance(input: {{name: "n", memoryBytes: {size}, cpuMillis: 1}}) {{ __typename }} }}'
    variable = (
        'mutation ($m: BigInt!) { deployInstance(input: {name: "n", memoryBytes: $m, cpuMillis: 1}) { __typename } }'
    )
    replies = [
        await replica.post(literal, token=people.anna.token),
        await replica.post(variable, {"m": json.loads(size)}, token=people.anna.token),
    ]
    for reply in replies:
        [error] = reply.json()["errors"]
        assert "INTERNAL" not in str(error)
        assert "BigInt" in error["message"]
        assert reply.status_code < 500
