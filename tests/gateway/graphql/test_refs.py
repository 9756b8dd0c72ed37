"""Links and invitations over GraphQL."""

from __future__ import annotations

from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica
from tests.gateway.graphql.test_files import SHARE, made

CREATE = """
mutation($input: CreateRefInput!) { createRef(input: $input) { id kind level usesLeft description file { name } } }
"""
LIST = """
query($file: ID, $state: RefState! = ACTIVE) {
  refs(fileId: $file, state: $state) { totalCount nodes { id redacted usesLeft } }
}
"""
ONE = "query($id: ID!) { ref(refId: $id) { kind file { name } } }"
DELETE = "mutation($id: ID!) { deleteRef(refId: $id) }"


async def test_a_link_is_made_listed_and_ended(replica: Replica, people: People) -> None:
    file, token = await made(replica, people), people.anna.token
    wanted = {"fileId": file["id"], "level": "READ", "uses": 3, "description": "for the press"}
    ref = (await replica.ask(CREATE, {"input": wanted}, token=token))["createRef"]
    assert (ref["kind"], ref["level"], ref["usesLeft"], ref["file"]) == ("share.file", "READ", 3, {"name": "plan"})
    listed = (await replica.ask(LIST, {"file": file["id"]}, token=token))["refs"]
    assert listed == {"totalCount": 1, "nodes": [{"id": ref["id"], "redacted": False, "usesLeft": 3}]}
    assert (await replica.ask(ONE, {"id": ref["id"]}, token=token))["ref"]["file"] == {"name": "plan"}
    assert await replica.ask(DELETE, {"id": ref["id"]}, token=token) == {"deleteRef": True}
    assert (await replica.ask(LIST, {"file": file["id"]}, token=token))["refs"]["totalCount"] == 0


async def test_who_may_only_read_the_file_sees_a_digest_of_its_links(replica: Replica, people: People) -> None:
    file = await made(replica, people)
    made_ref = await replica.ask(CREATE, {"input": {"fileId": file["id"]}}, token=people.anna.token)
    given = {"subjectKind": "USER", "subject": "bert", "level": "READ"}
    await replica.ask(SHARE, {"id": file["id"], "input": given}, token=people.anna.token)
    (shown,) = (await replica.ask(LIST, {"file": file["id"]}, token=people.bert.token))["refs"]["nodes"]
    assert shown["redacted"] is True
    assert shown["id"] != made_ref["createRef"]["id"]
    refused = await replica.refused(CREATE, {"input": {"fileId": file["id"]}}, token=people.bert.token)
    assert refused["extensions"]["code"] == "FORBIDDEN"
