"""Realtime databases over GraphQL."""

from __future__ import annotations

from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.test_files import SHARE, made

READ = "query($id: ID!, $collection: String) { tree(fileId: $id, collection: $collection) }"
WRITE = """
mutation($id: ID!, $operations: [TreeOperationInput!]!) {
  transactTree(fileId: $id, operations: $operations) { id ref }
}
"""


async def test_what_is_written_is_read_by_path_and_all_or_nothing(replica: Replica, people: People) -> None:
    one, token = {"id": (await made(replica, people, kind="TREE"))["id"]}, people.anna.token
    assert await replica.ask(READ, one, token=token) == {"tree": {}}
    steps = [
        {"kind": "create", "path": "todos", "data": {"text": "milk"}, "ref": "$it"},
        {"kind": "create", "path": "notes", "data": {"n": 1}},
    ]
    first, second = (await replica.ask(WRITE, {**one, "operations": steps}, token=token))["transactTree"]
    assert first["ref"] == "$it"
    whole = (await replica.ask(READ, one, token=token))["tree"]
    assert whole.keys() == {f"todos/{first['id']}", f"notes/{second['id']}"}
    assert whole[f"todos/{first['id']}"]["text"] == "milk"
    part = (await replica.ask(READ, {**one, "collection": "notes"}, token=token))["tree"]
    assert part.keys() == {f"notes/{second['id']}"}
    change = {"kind": "update", "path": f"todos/{first['id']}", "data": {"done": True}}
    for wrong in ({"kind": "update", "path": "todos/none", "data": []}, {"kind": "nonsense", "path": "x", "data": {}}):
        error = await replica.refused(WRITE, {**one, "operations": [change, wrong]}, token=token)
        assert error["extensions"]["code"] == "INVALID_INPUT"
    assert (await replica.ask(READ, one, token=token))["tree"] == whole


async def test_rights_and_kinds_are_looked_at(replica: Replica, people: People) -> None:
    one = {"id": (await made(replica, people, kind="TREE"))["id"]}
    operations = [{"kind": "create", "path": "todos", "data": {}}]
    given = {"subjectKind": "USER", "subject": "bert", "level": "READ"}
    await replica.ask(SHARE, {**one, "input": given}, token=people.anna.token)
    assert await replica.ask(READ, one, token=people.bert.token) == {"tree": {}}
    refused = await replica.refused(WRITE, {**one, "operations": operations}, token=people.bert.token)
    assert refused["extensions"]["code"] == "FORBIDDEN"
    document = {"id": (await made(replica, people))["id"]}
    for query, more in ((READ, {}), (WRITE, {"operations": operations})):
        error = await replica.refused(query, {**document, **more}, token=people.anna.token)
        assert error["extensions"]["code"] == "CONFLICT"
    none = await replica.refused(WRITE, {**one, "operations": []}, token=people.anna.token)
    assert none["extensions"]["code"] == "INVALID_INPUT"
