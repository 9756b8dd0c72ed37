"""What is done at one door is seen at the others: editors, the Cloudillo door and GraphQL over the same files."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain.accounts.create_api_key import KeySpec, create_api_key
from tests.domain.people import SYSTEM
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Pair, Replica
from tests.gateway.graphql.test_files import ALL, FILE, SHARE, made
from tests.gateway.graphql.wire import wired
from tests.realtime.crdt.npm import NpmClients, npm_clients

READ = 'query($id: ID!) { document(fileId: $id) { json text(name: "text") } }'
EDIT = """
mutation($id: ID!, $edits: [TextEditInput!]!, $set: [MapEditInput!]!) {
  editDocumentText(fileId: $id, name: "text", edits: $edits) { seq }
  editDocumentMap(fileId: $id, name: "map", edits: $set) { seq }
}
"""
KEEP = 'mutation($id: ID!) { createDocumentVersion(fileId: $id, name: "v1") { id } }'
RESTORE = "mutation($id: ID!, $version: ID!) { restoreDocumentVersion(fileId: $id, versionId: $version) { seq } }"
EDITED = "subscription($id: ID!) { fileChanged(id: $id) { modifiedAt } }"


@pytest.fixture
async def npm(node: str, node_modules: Path) -> AsyncIterator[NpmClients]:
    async with npm_clients(node, node_modules) as clients:
        yield clients


def socket_of(replica: Replica) -> str:
    return f"ws://127.0.0.1:{replica.port}/ws/crdt"


async def test_an_editor_and_graphql_write_one_document(npm: NpmClients, pair: Pair, folk: People) -> None:
    """y-websocket clients at one replica, GraphQL at the other."""
    file, token = await made(pair.here, folk), folk.anna.token
    one = {"id": file["id"]}
    npm.do("open", "ann", url=socket_of(pair.there), room=file["publicId"], token=token)
    await npm.synced("ann")
    async with wired(pair.here.socket_url, token) as wire:
        await wire.subscribe(EDITED, one)
        await wire.next_data()
        npm.do("type", "ann", text="typed ")
        assert (await wire.next_data())["fileChanged"]["modifiedAt"] is not None
    assert (await pair.here.ask(READ, one, token=token))["document"]["text"] == "typed "
    edits = {"edits": [{"insert": "wörld 😀"}], "set": [{"key": "done", "value": True}]}
    await pair.here.ask(EDIT, {**one, **edits}, token=token)
    await npm.sees("ann", "typed wörld 😀")
    await npm.until("ann", lambda told: told.get("map") == {"done": True})
    version = (await pair.here.ask(KEEP, one, token=token))["createDocumentVersion"]["id"]
    await pair.here.ask(EDIT, {**one, "edits": [{"index": 0, "delete": 6}], "set": edits["set"]}, token=token)
    await npm.sees("ann", "wörld 😀")
    await pair.here.ask(RESTORE, {**one, "version": version}, token=token)
    await npm.sees("ann", "typed wörld 😀")


async def test_an_editor_that_is_shut_out_by_graphql_is_closed(npm: NpmClients, pair: Pair, folk: People) -> None:
    file = await made(pair.here, folk)
    given = {"id": file["id"], "input": {"subjectKind": "USER", "subject": "bert", "level": "WRITE"}}
    share = (await pair.here.ask(SHARE, given, token=folk.anna.token))["shareFile"]["id"]
    npm.do("open", "ben", url=socket_of(pair.there), room=file["publicId"], token=folk.bert.token)
    await npm.synced("ben")
    ending = "mutation($id: ID!, $share: ID!) { unshareFile(id: $id, shareId: $share) { id } }"
    await pair.here.ask(ending, {"id": file["id"], "share": share}, token=folk.anna.token)
    await npm.until("ben", lambda told: told.get("closed") in (4403, 4404))


async def test_a_file_made_at_the_cloudillo_door_shows_in_graphql(pair: Pair, folk: People) -> None:
    with pair.here.inside():
        spec = KeySpec(door="cloudillo", user_id=folk.anna.user.id, tenant_id=folk.anna.tenant.id)
        _, key = await create_api_key(pair.here.house.ports, SYSTEM, spec)
    async with wired(pair.there.socket_url, folk.anna.token) as wire:
        await wire.subscribe(ALL)
        await wire.subscribe("{ serverInfo { name } }", id="settled")
        while (await wire.hear())["type"] != "complete":
            pass
        made_there = await _at_cloudillo(pair.here, key, {"fileTp": "CRDT", "fileName": "from afar"})
        shown = (await wire.next_data())["filesChanged"]
    assert shown["name"] == "from afar"
    found = (await pair.there.ask(FILE, {"id": made_there["fileId"]}, token=folk.anna.token))["file"]
    assert (found["id"], found["level"]) == (shown["id"], "ADMIN")


async def _at_cloudillo(replica: Replica, key: str, body: dict[str, Any]) -> dict[str, Any]:
    async with httpx2.AsyncClient(timeout=20) as client:
        url = f"http://127.0.0.1:{replica.port}/cloudillo/api/files"
        reply = await client.post(url, json=body, headers={"authorization": f"Bearer {key}"})
    assert reply.status_code == 201, reply.text
    data: dict[str, Any] = json.loads(reply.text)["data"]
    return data
