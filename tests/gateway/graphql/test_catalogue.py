"""Tenants, nodes and images."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica

MEMBER = """
mutation($tenant: ID!, $user: String!, $role: TenantRole!) {
  addMember(tenantId: $tenant, user: $user, role: $role) { role createdAt user { username } }
}
"""
TENANTS = """{ tenants { totalCount nodes { id slug members { nodes { role user { username } } totalCount } } } }"""
NODES = """query($f: NodeFilter) { nodes(filter: $f, orderBy: NAME) { nodes {
  id name driver region state capabilities memoryBytes cpuMillis publicHost address lastSeenAt } } }"""
REGISTER = (
    "mutation($input: RegisterNodeInput!) { registerNode(input: $input) { node { id name state } configureKey } }"
)
IMAGE = (
    "mutation($input: CreateImageInput!) { createImage(input: $input) { id name ref drivers tenantId primaryPort } }"
)


async def test_tenants_are_founded_by_the_platform_and_filled_by_their_owners(replica: Replica, people: People) -> None:
    found = 'mutation($owner: ID) { createTenant(input: { name: "New House", ownerId: $owner }) { id slug name } }'
    owner = {"owner": str(people.bert.user.id)}
    assert (await replica.refused(found, owner, token=people.bert.token))["extensions"]["code"] == "FORBIDDEN"
    made = (await replica.ask(found, owner, token=people.root.token))["createTenant"]
    assert (made["slug"], made["name"]) == ("new-house", "New House")
    name = (
        'mutation($id: ID!) { identifyTenant(tenantId: $id, idTag: "House.example.org", kind: PERSON) { idTag kind } }'
    )
    assert (await replica.refused(name, {"id": made["id"]}, token=people.bert.token))["extensions"][
        "code"
    ] == "FORBIDDEN"
    known = (await replica.ask(name, {"id": made["id"]}, token=people.root.token))["identifyTenant"]
    assert known == {"idTag": "house.example.org", "kind": "PERSON"}
    wanted = {"tenant": made["id"], "user": "anna@example.org", "role": "OPERATOR"}
    member = (await replica.ask(MEMBER, wanted, token=people.bert.token))["addMember"]
    assert (member["role"], member["user"]) == ("OPERATOR", {"username": "anna"})
    assert (await replica.refused(MEMBER, wanted, token=people.bert.token))["extensions"]["code"] == "CONFLICT"
    shown = (await replica.ask(TENANTS, token=people.bert.token))["tenants"]
    by_slug = {node["slug"]: node["members"]["nodes"] for node in shown["nodes"]}
    assert by_slug["new-house"] == [
        {"role": "OWNER", "user": {"username": "bert"}},
        {"role": "OPERATOR", "user": {"username": "anna"}},
    ]


async def test_a_foreign_tenant_is_not_found(replica: Replica, people: People) -> None:
    foreign = {"id": str(people.bert.tenant.id)}
    error = await replica.refused("query($id: ID!) { tenant(id: $id) { name } }", foreign, token=people.anna.token)
    assert error["extensions"]["code"] == "NOT_FOUND"
    wanted = {"tenant": foreign["id"], "user": "anna", "role": "OWNER"}
    assert (await replica.refused(MEMBER, wanted, token=people.anna.token))["extensions"]["code"] == "NOT_FOUND"
    own = await replica.ask(TENANTS, token=people.anna.token)
    assert [node["id"] for node in own["tenants"]["nodes"]] == [str(people.anna.tenant.id)]


async def test_a_viewer_sees_the_tenant_but_not_its_members(replica: Replica, people: People) -> None:
    answer = (await replica.post(TENANTS, token=people.vera.token)).json()
    assert answer["data"]["tenants"]["nodes"][0]["members"] is None
    assert answer["errors"][0]["path"] == ["tenants", "nodes", 0, "members"]
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_nodes_are_registered_by_the_platform_and_seen_by_all(replica: Replica, people: People) -> None:
    wanted = {"name": "memory-2", "driver": "memory", "region": "north", "address": "tcp://10.0.0.9:2376"}
    assert (await replica.refused(REGISTER, {"input": wanted}, token=people.anna.token))["extensions"][
        "code"
    ] == "FORBIDDEN"
    made = (await replica.ask(REGISTER, {"input": wanted}, token=people.root.token))["registerNode"]
    assert made["node"]["state"] == "ONLINE"
    assert len(made["configureKey"]) >= 32
    seen = (await replica.ask(NODES, {"f": {"region": "north", "state": "ONLINE"}}, token=people.vera.token))["nodes"][
        "nodes"
    ]
    assert [(node["name"], node["address"]) for node in seen] == [("memory-2", None)]
    by_root = (await replica.ask(NODES, token=people.root.token))["nodes"]["nodes"]
    assert [node["address"] for node in by_root] == ["", "tcp://10.0.0.9:2376"]
    one = await replica.ask(
        "query($id: ID!) { node(id: $id) { name } }", {"id": made["node"]["id"]}, token=people.anna.token
    )
    assert one == {"node": {"name": "memory-2"}}


async def test_a_node_in_use_stays(replica: Replica, people: People) -> None:
    remove = "mutation($id: ID!) { removeNode(id: $id) { name } }"
    node = {"id": str(people.node.id)}
    await people.deploy_running()
    assert (await replica.refused(remove, node, token=people.anna.token))["extensions"]["code"] == "FORBIDDEN"
    error = await replica.refused(remove, node, token=people.root.token)
    assert (error["extensions"]["code"], error["extensions"]["details"]) == ("CONFLICT", {"instances": 1})
    empty = (await replica.ask(REGISTER, {"input": {"name": "e", "driver": "memory"}}, token=people.root.token))[
        "registerNode"
    ]
    assert (await replica.ask(remove, {"id": empty["node"]["id"]}, token=people.root.token)) == {
        "removeNode": {"name": "e"}
    }


async def test_images_are_shared_by_the_platform_or_a_tenants_own(replica: Replica, people: People) -> None:
    own = {"name": "mine", "ref": "mine:1", "tenantId": str(people.anna.tenant.id), "primaryPort": 80}
    made = (await replica.ask(IMAGE, {"input": own}, token=people.anna.token))["createImage"]
    assert (made["tenantId"], made["drivers"], made["primaryPort"]) == (str(people.anna.tenant.id), ["docker"], 80)
    shared = {"name": "ours", "ref": "ours:1", "drivers": ["memory", "docker"]}
    assert (await replica.refused(IMAGE, {"input": shared}, token=people.anna.token))["extensions"][
        "code"
    ] == "FORBIDDEN"
    await replica.ask(IMAGE, {"input": shared}, token=people.root.token)
    listed = "{ images(orderBy: NAME) { totalCount nodes { name } } }"
    seen = (await replica.ask(listed, token=people.anna.token))["images"]
    assert ([node["name"] for node in seen["nodes"]], seen["totalCount"]) == (["mine", "ours", "site"], 3)
    others = (await replica.ask(listed, token=people.bert.token))["images"]["nodes"]
    assert [node["name"] for node in others] == ["ours", "site"]
    one = "query($id: ID!) { image(id: $id) { name } }"
    assert (await replica.refused(one, {"id": made["id"]}, token=people.bert.token))["extensions"][
        "code"
    ] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"ref": "has blanks"}, "INVALID_INPUT"),
        ({"drivers": ["nonsense"]}, "INVALID_INPUT"),
        ({"primaryPort": 0}, "INVALID_INPUT"),
        ({"processRunnable": True}, "INVALID_INPUT"),
        ({"name": "site"}, "CONFLICT"),
        ({"tenantId": "nonsense"}, "NOT_FOUND"),
    ],
)
async def test_a_bad_image_is_refused(replica: Replica, people: People, wanted: dict[str, Any], code: str) -> None:
    error = await replica.refused(IMAGE, {"input": {"name": "x", "ref": "x:1", **wanted}}, token=people.root.token)
    assert error["extensions"]["code"] == code


async def test_operations_are_listed_newest_first_and_cancelled(replica: Replica, people: People) -> None:
    one, two = await people.deploy_running("one"), await people.deploy_running("two")
    listed = """query($f: OperationFilter) { operations(filter: $f) { totalCount nodes {
      id kind state startedAt endedAt error { code } instance { id } } } }"""
    nodes = (await replica.ask(listed, token=people.anna.token))["operations"]["nodes"]
    assert [node["instance"]["id"] for node in nodes] == [two, one]
    of_one = await replica.ask(
        listed,
        {"f": {"instanceId": one, "kind": "instances.build", "states": ["SUCCEEDED", "RUNNING"]}},
        token=people.anna.token,
    )
    assert of_one["operations"]["totalCount"] == 1
    assert (await replica.ask(listed, token=people.bert.token))["operations"]["totalCount"] == 0
    cancel = "mutation($id: ID!) { cancelOperation(id: $id) { state } }"
    ended = {"id": nodes[1]["id"]}
    assert (await replica.refused(cancel, ended, token=people.bert.token))["extensions"]["code"] == "NOT_FOUND"
    assert (await replica.refused(cancel, ended, token=people.vera.token))["extensions"]["code"] == "FORBIDDEN"
    look = "query($id: ID!) { operation(id: $id) { state } }"
    assert (await replica.refused(look, ended, token=people.bert.token))["extensions"]["code"] == "NOT_FOUND"
    assert (await replica.ask(look, ended, token=people.anna.token))["operation"]["state"] in ("SUCCEEDED", "RUNNING")
