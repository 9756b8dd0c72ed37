"""Files over GraphQL: made, listed, changed, thrown away, given to others, watched."""

from __future__ import annotations

from typing import Any

import pytest

from domain.models import File, Share, TenantRole
from tests.domain.people import a_user
from tests.gateway.graphql.people import People, a_key
from tests.gateway.graphql.serving import Pair, Replica
from tests.gateway.graphql.wire import wired

CREATE = (
    "mutation($input: CreateFileInput!) { createFile(input: $input) { id publicId name kind level parent { id } } }"
)
FILE = "query($id: ID!) { file(id: $id) { id name level tags shares { subject level } parent { name } pinned } }"
FILES = """
query($filter: FileFilter, $first: Int! = 50, $after: String, $by: FileOrder! = NAME, $tenant: ID) {
  files(filter: $filter, first: $first, after: $after, orderBy: $by, tenantId: $tenant) {
    nodes { id name } edges { cursor node { name } } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
UPDATE = (
    "mutation($id: ID!, $input: UpdateFileInput!) { updateFile(id: $id, input: $input) { name parent { id } hidden } }"
)
TRASH = "mutation($id: ID!) { trashFile(id: $id) { place } }"
RESTORE = "mutation($id: ID!) { restoreFile(id: $id) { place } }"
PURGE = "mutation($id: ID!) { purgeFile(id: $id) }"
SHARE = "mutation($id: ID!, $input: ShareFileInput!) { shareFile(id: $id, input: $input) { id subject level } }"
UNSHARE = "mutation($id: ID!, $share: ID!) { unshareFile(id: $id, shareId: $share) { subject } }"
TAG = "mutation($id: ID!, $tag: String!) { tagFile(id: $id, tag: $tag) { tags } }"
UNTAG = "mutation($id: ID!, $tag: String!) { untagFile(id: $id, tag: $tag) { tags } }"
WATCH = "subscription($id: ID!) { fileChanged(id: $id) { name level tags } }"
ALL = "subscription($parent: ID) { filesChanged(parentId: $parent) { id name place } }"


async def made(replica: Replica, people: People, name: str = "plan", **wanted: Any) -> dict[str, Any]:
    given = {"kind": "DOCUMENT", "name": name, **wanted}
    data: dict[str, Any] = await replica.ask(CREATE, {"input": given}, token=people.anna.token)
    return dict(data["createFile"])


async def test_a_file_is_made_in_a_folder_and_found_by_either_id(replica: Replica, people: People) -> None:
    folder = await made(replica, people, "folder", kind="FOLDER")
    file = await made(replica, people, parentId=folder["id"])
    assert (file["level"], file["parent"]) == ("ADMIN", {"id": folder["id"]})
    for reference in (file["id"], file["publicId"]):
        found = (await replica.ask(FILE, {"id": reference}, token=people.anna.token))["file"]
        assert (found["id"], found["parent"]) == (file["id"], {"name": "folder"})


async def test_bytes_are_not_made_from_nothing(replica: Replica, people: People) -> None:
    given = {"input": {"kind": "BLOB", "name": "x"}}
    error = await replica.refused(CREATE, given, token=people.anna.token)
    assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_lists_are_paged_in_every_order(replica: Replica, people: People) -> None:
    for name in ("c", "a", "b"):
        await made(replica, people, name)
    token = people.anna.token
    for order, names in (("NAME", ["a", "b", "c"]), ("CREATED_AT", ["b", "a", "c"])):
        seen, after = [], None
        for last in (False, False, True):
            page = (await replica.ask(FILES, {"first": 1, "after": after, "by": order}, token=token))["files"]
            seen += [node["name"] for node in page["nodes"]]
            info = page["pageInfo"]
            assert (info["hasNextPage"], info["hasPreviousPage"]) == (not last, after is not None)
            assert page["edges"][0]["cursor"] == info["startCursor"] == info["endCursor"]
            assert page["totalCount"] == 3
            after = info["endCursor"]
        assert seen == names
        other = {"first": 1, "after": after, "by": "NAME" if order != "NAME" else "CREATED_AT"}
        assert (await replica.refused(FILES, other, token=token))["extensions"]["code"] == "INVALID_INPUT"


@pytest.mark.parametrize("after", ["", "x", "W10", "bm9wZQ", "WyJuYW1lIixbXSwieCJd"])
async def test_a_cursor_that_is_none_is_refused(replica: Replica, people: People, after: str) -> None:
    error = await replica.refused(FILES, {"after": after}, token=people.anna.token)
    assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_filters_narrow(replica: Replica, people: People) -> None:
    folder = await made(replica, people, "folder", kind="FOLDER")
    inner = await made(replica, people, "inner", parentId=folder["id"], tags=["red"])
    await made(replica, people, "outer")

    async def names(**wanted: Any) -> list[str]:
        page = await replica.ask(FILES, {"filter": wanted}, token=people.anna.token)
        return [node["name"] for node in page["files"]["nodes"]]

    assert await names(kinds=["FOLDER"]) == ["folder"]
    assert await names(parentId=folder["id"]) == ["inner"]
    assert await names(tag="red") == ["inner"]
    assert await names(ids=[inner["publicId"]]) == ["inner"]
    assert await names(atTop=True) == ["folder", "outer"]
    assert await names(nameContains="UT") == ["outer"]
    assert await names(place="TRASH") == []


async def test_it_is_renamed_moved_and_what_is_left_out_stays(replica: Replica, people: People) -> None:
    folder, file = await made(replica, people, "folder", kind="FOLDER"), await made(replica, people)
    token = people.anna.token

    async def changed(**wanted: Any) -> dict[str, Any]:
        data = await replica.ask(UPDATE, {"id": file["id"], "input": wanted}, token=token)
        return dict(data["updateFile"])

    assert await changed(name="new") == {"name": "new", "parent": None, "hidden": False}
    assert await changed(parentId=folder["id"]) == {"name": "new", "parent": {"id": folder["id"]}, "hidden": False}
    assert await changed(parentId=None, hidden=True) == {"name": "new", "parent": None, "hidden": True}


async def test_trash_restore_and_purge(replica: Replica, people: People) -> None:
    file, token = await made(replica, people), people.anna.token
    one = {"id": file["id"]}
    assert (await replica.refused(PURGE, one, token=token))["extensions"]["code"] == "INVALID_INPUT"
    assert (await replica.ask(TRASH, one, token=token))["trashFile"] == {"place": "TRASH"}
    assert (await replica.ask(RESTORE, one, token=token))["restoreFile"] == {"place": "DRIVE"}
    await replica.ask(TRASH, one, token=token)
    assert await replica.ask(PURGE, one, token=token) == {"purgeFile": True}
    await replica.ask(TRASH, {"id": (await made(replica, people))["id"]}, token=token)
    assert await replica.ask("mutation { emptyTrash }", token=token) == {"emptyTrash": 1}
    with replica.inside():
        assert await File.all().count() == 0


async def test_a_copy_and_ones_own_marks(replica: Replica, people: People) -> None:
    file, token = await made(replica, people), people.anna.token
    copy = await replica.ask(
        'mutation($id: ID!) { duplicateFile(id: $id, newName: "copy") { id name } }', {"id": file["id"]}, token=token
    )
    assert copy["duplicateFile"]["name"] == "copy"
    assert copy["duplicateFile"]["id"] != file["id"]
    mark = "mutation($id: ID!) { markFile(id: $id, pinned: true) { pinned starred } }"
    assert (await replica.ask(mark, {"id": file["id"]}, token=token))["markFile"] == {"pinned": True, "starred": False}
    for person, pinned in ((people.anna, True), (people.root, False)):
        assert (await replica.ask(FILE, {"id": file["id"]}, token=person.token))["file"]["pinned"] is pinned


async def test_tags_are_put_on_counted_and_taken_off(replica: Replica, people: People) -> None:
    file, token = await made(replica, people), people.anna.token
    for tag, tags in (("red", ["red"]), ("blue", ["blue", "red"]), ("red", ["blue", "red"])):
        assert (await replica.ask(TAG, {"id": file["id"], "tag": tag}, token=token))["tagFile"]["tags"] == tags
    counted = "{ tags { tag count } }"
    assert (await replica.ask(counted, token=token))["tags"] == [
        {"tag": "blue", "count": 1},
        {"tag": "red", "count": 1},
    ]
    assert (await replica.ask(counted, token=people.bert.token))["tags"] == []
    untagged = await replica.ask(UNTAG, {"id": file["id"], "tag": "red"}, token=token)
    assert untagged["untagFile"]["tags"] == ["blue"]


async def test_a_share_lets_somebody_in_and_its_end_shuts_them_out(replica: Replica, people: People) -> None:
    file = await made(replica, people)
    one, bert = {"id": file["id"]}, people.bert.token
    assert (await replica.refused(FILE, one, token=bert))["extensions"]["code"] == "NOT_FOUND"
    given = {"subjectKind": "USER", "subject": "bert", "level": "READ"}
    share = (await replica.ask(SHARE, {**one, "input": given}, token=people.anna.token))["shareFile"]
    assert share["level"] == "READ"
    shown = (await replica.ask(FILE, one, token=bert))["file"]
    assert (shown["level"], shown["shares"]) == ("READ", None)
    mine = (await replica.ask(FILE, one, token=people.anna.token))["file"]
    assert [one_share["level"] for one_share in mine["shares"]] == ["READ"]
    assert (await replica.refused(TAG, {**one, "tag": "x"}, token=bert))["extensions"]["code"] == "FORBIDDEN"
    assert (await replica.refused(SHARE, {**one, "input": given}, token=bert))["extensions"]["code"] == "FORBIDDEN"
    for wrong in ("0", "x", "9" * 30):
        refused = await replica.refused(UNSHARE, {**one, "share": wrong}, token=people.anna.token)
        assert refused["extensions"]["code"] == "NOT_FOUND"
    await replica.ask(UNSHARE, {**one, "share": share["id"]}, token=people.anna.token)
    assert (await replica.refused(FILE, one, token=bert))["extensions"]["code"] == "NOT_FOUND"
    with replica.inside():
        assert await Share.all().count() == 0


async def test_a_file_is_watched_through_every_change_to_its_end(pair: Pair, folk: People) -> None:
    file = await made(pair.here, folk)
    one, token = {"id": file["id"]}, folk.anna.token
    async with wired(pair.there.socket_url, token) as wire:
        await wire.subscribe(WATCH, {"id": file["publicId"]})
        assert (await wire.next_data())["fileChanged"] == {"name": "plan", "level": "ADMIN", "tags": []}
        await pair.here.ask(UPDATE, {**one, "input": {"name": "new"}}, token=token)
        assert (await wire.next_data())["fileChanged"]["name"] == "new"
        await pair.here.ask(TAG, {**one, "tag": "red"}, token=token)
        assert (await wire.next_data())["fileChanged"]["tags"] == ["red"]
        await pair.here.ask(TRASH, one, token=token)
        await pair.here.ask(PURGE, one, token=token)
        while (message := await wire.hear())["type"] == "next":
            pass
        assert message["type"] in ("complete", "error")


async def test_who_watches_a_file_hears_when_it_is_taken_from_them(pair: Pair, folk: People) -> None:
    file = await made(pair.here, folk)
    one, given = {"id": file["id"]}, {"subjectKind": "USER", "subject": "bert", "level": "READ"}
    share = (await pair.here.ask(SHARE, {**one, "input": given}, token=folk.anna.token))["shareFile"]
    async with wired(pair.there.socket_url, folk.bert.token) as bert:
        await bert.subscribe(WATCH, one)
        assert (await bert.next_data())["fileChanged"]["level"] == "READ"
        await pair.here.ask(SHARE, {**one, "input": {**given, "level": "WRITE"}}, token=folk.anna.token)
        assert (await bert.next_data())["fileChanged"]["level"] == "WRITE"
        await pair.here.ask(UNSHARE, {**one, "share": share["id"]}, token=folk.anna.token)
        message = await bert.hear()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "NOT_FOUND"
        assert (await bert.hear())["type"] == "complete"
        await pair.here.ask(UPDATE, {**one, "input": {"name": "secret"}}, token=folk.anna.token)
        await bert.subscribe("{ serverInfo { name } }", id="2")
        assert (await bert.hear())["id"] == "2"


async def test_all_files_of_a_folder_are_watched(pair: Pair, folk: People) -> None:
    folder = await made(pair.here, folk, "folder", kind="FOLDER")
    first, token = await made(pair.here, folk, "first", parentId=folder["id"]), folk.anna.token
    async with wired(pair.there.socket_url, token) as wire:
        await wire.subscribe(ALL, {"parent": folder["id"]})
        assert (await wire.next_data())["filesChanged"]["name"] == "first"
        await made(pair.here, folk, "elsewhere")
        second = await made(pair.here, folk, "second", parentId=folder["id"])
        assert (await wire.next_data())["filesChanged"]["id"] == second["id"]
        await pair.here.ask(UPDATE, {"id": first["id"], "input": {"parentId": None}}, token=token)
        assert (await wire.next_data())["filesChanged"]["id"] == first["id"]


async def test_a_viewer_watches_no_files_but_those_given_to_them(replica: Replica, people: People) -> None:
    file = await made(replica, people)
    for query, variables in ((ALL, {}), (WATCH, {"id": file["id"]})):
        async with wired(replica.socket_url, people.vera.token) as wire:
            await wire.subscribe(query, variables)
            assert (await wire.hear())["payload"][0]["extensions"]["code"] in ("FORBIDDEN", "NOT_FOUND")
    page = await replica.ask(FILES, {}, token=people.vera.token)
    assert page["files"]["nodes"] == []


async def test_members_of_one_tenant_never_share_what_is_their_own(replica: Replica, people: People) -> None:
    file = await made(replica, people)
    with replica.inside():
        other = await a_user(replica.house.ports, "otto", tenant=people.anna.tenant, role=TenantRole.OWNER)
        token = await a_key(replica, other)
    pinned = "subscription($id: ID!) { fileChanged(id: $id) { pinned } }"
    await replica.ask("mutation($id: ID!) { markFile(id: $id, pinned: true) { id } }", {"id": file["id"]}, token=token)
    for who, expected in ((people.anna.token, False), (token, True)):
        async with wired(replica.socket_url, who) as wire:
            await wire.subscribe(pinned, {"id": file["id"]})
            assert (await wire.next_data())["fileChanged"]["pinned"] is expected
