"""Documents over GraphQL: read, edited, kept and restored, beside editors that speak y-websocket."""

from __future__ import annotations

from typing import Any

from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.test_files import SHARE, made
from tests.gateway.graphql.wire import wired

READ = 'query($id: ID!) { document(fileId: $id) { seq sizeBytes json text(name: "body") file { id } } }'
TEXT = """
mutation($id: ID!, $edits: [TextEditInput!]!) {
  editDocumentText(fileId: $id, name: "body", edits: $edits) { seq file { id } }
}
"""
MAP = """
mutation($id: ID!, $edits: [MapEditInput!]!) { editDocumentMap(fileId: $id, name: "meta", edits: $edits) { seq } }
"""
KEEP = "mutation($id: ID!, $name: String!) { createDocumentVersion(fileId: $id, name: $name) { id name sizeBytes } }"
RESTORE = "mutation($id: ID!, $version: ID!) { restoreDocumentVersion(fileId: $id, versionId: $version) { seq } }"
FORGET = "mutation($id: ID!, $version: ID!) { deleteDocumentVersion(fileId: $id, versionId: $version) { id } }"
VERSIONS = """
query($id: ID!, $first: Int! = 10) {
  documentVersions(fileId: $id, first: $first) { totalCount nodes { id name creator { username } } }
}
"""
OPEN = """
query($id: ID!, $version: ID!) {
  documentVersion(fileId: $id, versionId: $version) { version { name } json text(name: "body") }
}
"""


async def text_of(replica: Replica, people: People, file_id: str) -> str:
    return str((await replica.ask(READ, {"id": file_id}, token=people.anna.token))["document"]["text"])


async def written(replica: Replica, people: People, file_id: str, *edits: dict[str, Any]) -> int:
    data = await replica.ask(TEXT, {"id": file_id, "edits": list(edits)}, token=people.anna.token)
    return int(data["editDocumentText"]["seq"])


async def test_texts_and_maps_are_edited_and_read(replica: Replica, people: People) -> None:
    one = {"id": (await made(replica, people))["id"]}
    token = people.anna.token
    empty = (await replica.ask(READ, one, token=token))["document"]
    assert (empty["text"], empty["json"], empty["seq"]) == ("", {}, 0)
    first = await written(replica, people, one["id"], {"insert": "Hello 😀 world"})
    second = await written(replica, people, one["id"], {"index": 0, "delete": 5, "insert": "Bye"}, {"insert": "!"})
    assert second > first
    edits = [{"key": "a", "value": {"deep": [1, None, "x"]}}, {"key": "b", "value": None}, {"key": "c", "value": 1}]
    await replica.ask(MAP, {**one, "edits": edits}, token=token)
    await replica.ask(MAP, {**one, "edits": [{"key": "c", "remove": True}]}, token=token)
    shown = (await replica.ask(READ, one, token=token))["document"]
    assert shown["text"] == "Bye 😀 world!"
    assert shown["json"] == {"body": "Bye 😀 world!", "meta": {"a": {"deep": [1, None, "x"]}, "b": None}}
    assert shown["file"]["id"] == one["id"]


async def test_a_position_outside_or_inside_a_character_changes_nothing(replica: Replica, people: People) -> None:
    one = {"id": (await made(replica, people))["id"]}
    await written(replica, people, one["id"], {"insert": "a😀"})
    for wrong in ({"index": 9, "insert": "x"}, {"index": 2, "insert": "x"}, {"index": 0, "delete": -1}):
        edits = [{"insert": "kept?"}, wrong]
        error = await replica.refused(TEXT, {**one, "edits": edits}, token=people.anna.token)
        assert error["extensions"]["code"] == "INVALID_INPUT"
    assert await text_of(replica, people, one["id"]) == "a😀"


async def test_versions_are_named_opened_restored_and_forgotten(replica: Replica, people: People) -> None:
    one, token = {"id": (await made(replica, people))["id"]}, people.anna.token
    await written(replica, people, one["id"], {"insert": "first"})
    version = (await replica.ask(KEEP, {**one, "name": "draft"}, token=token))["createDocumentVersion"]
    await written(replica, people, one["id"], {"insert": " and more"})
    opened = (await replica.ask(OPEN, {**one, "version": version["id"]}, token=token))["documentVersion"]
    assert opened == {"version": {"name": "draft"}, "json": {"body": "first"}, "text": "first"}
    await replica.ask(RESTORE, {**one, "version": version["id"]}, token=token)
    assert await text_of(replica, people, one["id"]) == "first"
    listed = (await replica.ask(VERSIONS, one, token=token))["documentVersions"]
    assert [node["name"] for node in listed["nodes"]] == ["Before draft", "draft"]
    assert (listed["totalCount"], listed["nodes"][1]["creator"]) == (2, {"username": "anna"})
    await replica.ask(FORGET, {**one, "version": version["id"]}, token=token)
    error = await replica.refused(OPEN, {**one, "version": version["id"]}, token=token)
    assert error["extensions"]["code"] == "NOT_FOUND"


async def test_who_may_only_read_writes_nothing_and_what_is_no_document_is_none(
    replica: Replica, people: People
) -> None:
    one = {"id": (await made(replica, people))["id"]}
    await written(replica, people, one["id"], {"insert": "mine"})
    given = {"subjectKind": "USER", "subject": "bert", "level": "READ"}
    await replica.ask(SHARE, {**one, "input": given}, token=people.anna.token)
    bert = people.bert.token
    assert (await replica.ask(READ, one, token=bert))["document"]["text"] == "mine"
    for query, more in ((TEXT, {"edits": [{"insert": "x"}]}), (KEEP, {"name": "x"})):
        assert (await replica.refused(query, {**one, **more}, token=bert))["extensions"]["code"] == "FORBIDDEN"
    folder = {"id": (await made(replica, people, kind="FOLDER"))["id"]}
    assert (await replica.refused(READ, folder, token=people.anna.token))["extensions"]["code"] == "CONFLICT"


async def test_who_watches_the_file_hears_of_edits(replica: Replica, people: People) -> None:
    one = {"id": (await made(replica, people))["id"]}
    async with wired(replica.socket_url, people.anna.token) as wire:
        await wire.subscribe("subscription($id: ID!) { fileChanged(id: $id) { modifiedAt } }", one)
        assert (await wire.next_data())["fileChanged"]["modifiedAt"] is None
        await written(replica, people, one["id"], {"insert": "x"})
        assert (await wire.next_data())["fileChanged"]["modifiedAt"] is not None
