"""Files, tags, trash, shares, refs and settings through Cloudillo's door: shapes, values, refusals, pages."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx2
import pytest

from domain.models import File, FileActivity, FileTag, Preference, Ref, Share
from rest_compat.cloudillo.routes import DIALECT
from tests.rest_compat.cloudillo import file_shapes as shapes
from tests.rest_compat.cloudillo.drive import (
    MADE_AT_TEXT,
    Drive,
    at_drive,
    drive,
    drive_database,
    furnished_drive,
)
from tests.rest_compat.cloudillo.file_refusals import BAD, Bad
from tests.rest_compat.cloudillo.file_scenarios import GOOD, NOBODY, Good

__all__ = ["at_drive", "drive", "drive_database", "furnished_drive"]

WATCHED = (File, FileActivity, FileTag, Share, Ref, Preference)
ROOMS = ("Files", "Tags", "Trash", "Shares", "References", "Settings")


async def rows() -> dict[str, Any]:
    return {model.__name__: await model.all().order_by("id").values() for model in WATCHED}


def filled(drive: Drive, value: Any) -> Any:
    """The value with {names} filled in, however deep."""
    if isinstance(value, str):
        return drive.named(value)
    if isinstance(value, list):
        return [filled(drive, item) for item in value]
    return {name: filled(drive, item) for name, item in value.items()} if isinstance(value, dict) else value


async def ask(client: httpx2.AsyncClient, drive: Drive, asked: Good | Bad) -> httpx2.Response:
    headers = {"authorization": f"Bearer {drive.keys[asked.who]}"} if asked.who != NOBODY else {}
    content = b"" if asked.send is None else json.dumps(filled(drive, asked.send)).encode()
    headers["content-type"] = "application/json"  # as the clients do, with a body or without
    return await client.request(asked.method, drive.named(asked.path), content=content, headers=headers)


@pytest.mark.parametrize("asked", GOOD, ids=str)
async def test_what_is_right(at_drive: httpx2.AsyncClient, drive: Drive, asked: Good) -> None:
    response = await ask(at_drive, drive, asked)
    reply = response.json()
    assert (response.status_code, shapes.ENVELOPE(reply)) == (asked.status, True), reply
    assert asked.shape(reply["data"]), reply["data"]
    assert response.headers["content-type"] == "application/json"
    for name, shape in (asked.page or {}).items():
        assert shape(reply[name])
    assert_within(filled(drive, asked.data), reply["data"])


def assert_within(wanted: Any, data: Any) -> None:
    """What is said must be there: names of files for files, some fields for the rest."""
    if isinstance(wanted, list) and all(isinstance(item, str) for item in wanted):
        assert [item["fileName"] for item in data] == wanted
    elif isinstance(wanted, list):
        assert len(data) == len(wanted)
        for part, item in zip(wanted, data, strict=True):
            assert_within(part, item)
    elif isinstance(wanted, str):
        assert data["fileName"] == wanted
    elif isinstance(wanted, dict):
        assert {name: data[name] for name in wanted} == wanted


@pytest.mark.parametrize("asked", BAD, ids=str)
async def test_what_is_wrong(at_drive: httpx2.AsyncClient, drive: Drive, asked: Bad) -> None:
    before = await rows()
    response = await ask(at_drive, drive, asked)
    reply = response.json()
    assert (response.status_code, reply["error"]["code"]) == asked.refusal, reply
    assert shapes.ERROR(reply)
    assert "no-store" in response.headers["cache-control"]
    assert await rows() == before


def test_every_endpoint_of_these_rooms_has_scenarios() -> None:
    asked = {(one.method, _template(one.path)) for one in GOOD}
    refused = {(one.method, _template(one.path)) for one in BAD}
    endpoints = [
        one
        for one in DIALECT.endpoints
        if one.tag in ROOMS and not one.streams and one.handler.__module__.rsplit(".", 1)[-1] != "content"
    ]
    mine = {(one.method, _shape_of(one.path)) for one in endpoints}
    assert {one for one in mine if one not in asked} <= {("DELETE", "/api/settings/*")}  # 204, tested by itself
    assert mine <= refused


def _template(path: str) -> str:
    return _shape_of(path.partition("?")[0])


def _shape_of(path: str) -> str:
    """The path with its values blotted out."""
    fixed = {
        "api",
        "files",
        "metadata",
        "duplicate",
        "restore",
        "user",
        "tag",
        "tags",
        "trash",
        "shares",
        "refs",
        "settings",
    }
    return "/".join(part if part in fixed or not part else "*" for part in path.split("/"))


async def pages(client: httpx2.AsyncClient, drive: Drive, query: str) -> tuple[list[str], list[Any]]:
    """Names on all pages, and the cursors in between."""
    headers = {"authorization": f"Bearer {drive.keys['alice']}"}
    seen: list[str] = []
    cursors: list[Any] = []
    cursor = ""
    while True:
        reply = (await client.get(f"/api/files?limit=2&{query}{cursor}", headers=headers)).json()
        seen += [item["fileName"] for item in reply["data"]]
        where = reply["cursorPagination"]
        assert where["hasMore"] is (where["nextCursor"] is not None)
        if where["nextCursor"] is None:
            return seen, cursors
        assert "=" not in where["nextCursor"]
        padded = where["nextCursor"] + "=" * (-len(where["nextCursor"]) % 4)
        cursors.append(json.loads(base64.urlsafe_b64decode(padded)))
        cursor = f"&cursor={where['nextCursor']}"


@pytest.mark.parametrize("sort", ["created", "name", "recent", "modified"])
@pytest.mark.parametrize("way", ["", "&sortDir=asc", "&sortDir=desc"])
async def test_pages_hold_everything_once(at_drive: httpx2.AsyncClient, drive: Drive, sort: str, way: str) -> None:
    seen, cursors = await pages(at_drive, drive, f"sort={sort}{way}")
    assert sorted(seen) == ["folder", "given", "inner", "part", "photo", "plan"]
    assert [set(cursor) for cursor in cursors] == [{"s", "v", "id"}] * 2
    assert {cursor["s"] for cursor in cursors} == {sort}
    kind = str if sort == "name" else int
    assert all(isinstance(cursor["v"], kind) for cursor in cursors)


async def test_the_default_is_twenty(at_drive: httpx2.AsyncClient, drive: Drive) -> None:
    for number in range(20):
        await File.create(
            tenant_id=drive.tenant.id, public_id=f"n{number}", kind="document", name="n", content_type="a/b"
        )
    headers = {"authorization": f"Bearer {drive.keys['alice']}"}
    for query, count in (("", 20), ("?limit=9999", 26), ("?_limit=3", 3)):
        assert len((await at_drive.get(f"/api/files{query}", headers=headers)).json()["data"]) == count


async def test_a_file_to_the_letter(at_drive: httpx2.AsyncClient, drive: Drive) -> None:
    headers = {"authorization": f"Bearer {drive.keys['alice']}"}
    files = drive.files
    path = (
        f"/api/files?fileId={files['plan']},{files['part']},{files['waste']},{files['store']}&withPath=true&sort=name"
    )
    part, plan, store, waste = (await at_drive.get(path, headers=headers)).json()["data"]
    alice = {"idTag": "alice.example.org", "name": "Alice", "profilePic": "f1~pic", "type": "person"}
    assert plan == {
        "fileId": files["plan"],
        "parentId": files["folder"],
        "owner": alice,
        "creator": alice,
        "contentType": "application/json",
        "fileName": "plan",
        "fileTp": "CRDT",
        "createdAt": MADE_AT_TEXT,
        "status": "A",
        "tags": ["red"],
        "visibility": "D",
        "hidden": False,
        "accessLevel": "admin",
        "path": [{"id": files["folder"], "name": "folder"}],
    }
    assert (part["rootId"], "parentId" in part) == (files["plan"], False)
    assert (waste["parentId"], store["parentId"], store["fileId"]) == ("__trash__", "__managed__", "s~app")


async def test_marks_show_in_lists(at_drive: httpx2.AsyncClient, drive: Drive) -> None:
    headers = {"authorization": f"Bearer {drive.keys['alice']}"}
    await at_drive.patch(f"/api/files/{drive.files['plan']}/user", json={"pinned": True}, headers=headers)
    [pinned] = (await at_drive.get("/api/files?pinned=true", headers=headers)).json()["data"]
    assert (pinned["fileName"], pinned["userData"]) == ("plan", {"pinned": True, "starred": False})


async def test_a_setting_is_taken_away(at_drive: httpx2.AsyncClient, drive: Drive) -> None:
    headers = {"authorization": f"Bearer {drive.keys['alice']}"}
    await at_drive.put("/api/settings/notify.push", json={"value": False}, headers=headers)
    response = await at_drive.delete("/api/settings/notify.push", headers=headers)
    assert (response.status_code, response.content) == (204, b"")
    assert (await at_drive.get("/api/settings/notify.push", headers=headers)).json()["data"]["value"] is True


async def test_the_same_source_in_another_folder_says_where_it_is(at_drive: httpx2.AsyncClient, drive: Drive) -> None:
    headers = {"authorization": f"Bearer {drive.keys['alice']}"}
    body = {
        "fileTp": "CRDT",
        "sourceFileId": "f1~x",
        "sourceIdTag": "bob.example.org",
        "parentId": drive.files["inner"],
    }
    first = await at_drive.post("/api/files", json=body, headers=headers)
    again = await at_drive.post("/api/files", json=body, headers=headers)
    assert again.json()["data"] == first.json()["data"]
    refused = await at_drive.post("/api/files", json={**body, "parentId": None}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["details"]) == (
        409,
        {"existing_parent_id": drive.files["inner"]},
    )


@pytest.mark.parametrize(("who", "named"), [("vera", None), ("olga", "folder"), ("alice", "folder")])
async def test_a_folder_is_named_to_those_who_may_read_it(
    at_drive: httpx2.AsyncClient, drive: Drive, who: str, named: str | None
) -> None:
    bearer = {"authorization": f"Bearer {drive.keys[who]}"}
    one = (await at_drive.get(drive.named("/api/files/{plan}/metadata"), headers=bearer)).json()["data"]
    listed = await at_drive.get(drive.named("/api/files?fileId={plan}&withParent=true"), headers=bearer)
    for shown in (one, *listed.json()["data"]):
        assert shown.get("parentName") == named
        assert shown.get("parentId") == (drive.files["folder"] if named else None)
