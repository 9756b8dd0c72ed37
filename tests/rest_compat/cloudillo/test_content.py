"""Bytes through Cloudillo's door: uploads, downloads in parts, what is cached and what is sealed off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain.jobs.registry import KINDS
from domain.jobs.worker import Worker
from domain.models.file import File, FilePlace, Visibility
from domain.models.tenant import Tenant
from drivers.storage.disk import DiskStorage
from tests.domain.files.uploads import opened, picture, stored_keys
from tests.rest_compat.cloudillo.drive import Drive, at_drive, drive, drive_database, furnished_drive
from tests.rest_compat.houses import SmallHouse

__all__ = ["at_drive", "drive", "drive_database", "furnished_drive"]
TEXT = b"0123456789"
Client = httpx2.AsyncClient


class Door:
    """Requests of one person."""

    def __init__(self, client: Client, drive: Drive) -> None:
        self._client = client
        self._drive = drive

    async def ask(self, method: str, path: str, who: str | None = "alice", **options: Any) -> httpx2.Response:
        headers = dict(options.pop("headers", {}))
        if who is not None:
            headers["authorization"] = f"Bearer {self._drive.keys[who]}"
        return await self._client.request(method, path, headers=headers, **options)

    async def get(self, path: str, who: str | None = "alice", **headers: str) -> httpx2.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.ask("GET", path, who, headers=named)

    async def put_up(
        self, content: bytes = TEXT, content_type: str | None = "text/plain", path: str = "default/a.txt", **how: Any
    ) -> httpx2.Response:
        headers = {"content-type": content_type} if content_type else {}
        return await self.ask("POST", f"/api/files/{path}", content=content, headers=headers, **how)


@pytest.fixture
def door(at_drive: Client, drive: Drive) -> Door:
    return Door(at_drive, drive)


async def work_off(house: SmallHouse) -> None:
    await Worker(house.ports, "test", KINDS).run_until_idle()


async def id_of(answer: httpx2.Response) -> str:
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["data"]["fileId"])


async def test_an_upload_answers_with_the_final_id_at_once(door: Door) -> None:
    answer = await door.put_up()
    body = answer.json()
    assert answer.status_code == 201
    assert set(body) == {"data", "time", "reqId"}
    assert set(body["data"]) == {"fileId"}
    assert body["data"]["fileId"].startswith("f1~")


async def test_an_image_tells_its_size_and_gets_its_id_later(door: Door, house: SmallHouse) -> None:
    answer = await door.put_up(picture(), "image/jpeg", "default/a.jpg")
    temporary = await id_of(answer)
    assert answer.json()["data"]["dim"] == [900, 600]
    assert temporary.startswith("@")
    await work_off(house)
    seen = (await door.get(f"/api/files/{temporary}/descriptor")).json()["data"]
    assert seen["file"] == seen["descriptor"]
    assert seen["file"].startswith("d2,vis.")
    assert [each["variant"] for each in seen["variants"]] == [
        part.split(":")[0] for part in seen["file"][3:].split(";")
    ]
    tn = await door.get(f"/api/files/{temporary}?variant=tn")
    assert (tn.headers["content-type"], opened(tn.content).size) == ("image/webp", (256, 171))
    assert tn.headers["x-cloudillo-variants"] == seen["file"]
    assert tn.headers["cache-control"] == "private, no-cache"
    again = await door.get(f"/api/files/variant/{tn.headers['x-cloudillo-variant']}")
    assert again.content == tn.content
    assert (await door.get(f"/api/files/{temporary}?minX=500")).headers["content-length"] != tn.headers[
        "content-length"
    ]


async def test_the_same_content_again_is_shown_as_the_file_it_is(door: Door) -> None:
    first = await id_of(await door.put_up())
    answer = await door.put_up(path="default/other.txt")
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert (data["existed"], data["fileId"], data["fileName"], data["contentType"], data["status"]) == (
        True,
        first,
        "a.txt",
        "text/plain",
        "A",
    )
    assert None not in data.values()


async def test_everything_in_the_query_is_heard(door: Door, drive: Drive) -> None:
    query = f"parentId={drive.files['folder']}&tags=red,blue&visibility=P&createdAt=1577836800"
    file = await File.get(public_id=await id_of(await door.put_up(path=f"archive/a%20b.txt?{query}")))
    assert (file.name, file.visibility, file.created_at.year, file.preset) == (
        "a b.txt",
        Visibility.PUBLIC,
        2020,
        "archive",
    )
    managed = await File.get(public_id=await id_of(await door.put_up(b"other", path="default/x?as=managed")))
    assert managed.place is FilePlace.MANAGED


@pytest.mark.parametrize(
    ("path", "content_type", "status"),
    [
        ("default/a?visibility=X", "text/plain", 400),
        ("default/a?as=root", "text/plain", 400),
        ("default/a?parentId=__trash__", "text/plain", 404),
        ("default/a?parentId=nowhere", "text/plain", 404),
        ("default/a?rootId=nowhere", "text/plain", 400),
        ("default/a?tags=a%20b", "text/plain", 400),
        ("default/a?createdAt=soon", "text/plain", 400),
        ("profile-picture/a", "text/plain", 400),
        ("video/a", "audio/mpeg", 400),
        ("default/a", "no type at all", 400),
    ],
)
async def test_a_bad_upload_leaves_nothing(
    door: Door, house: SmallHouse, path: str, content_type: str, status: int
) -> None:
    before = await File.all().count()
    answer = await door.put_up(path=path, content_type=content_type)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"].startswith("E-")
    assert await File.all().count() == before
    assert await stored_keys(house.ports) == []


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("vera", 403), ("bob", 401)])
async def test_uploads_are_for_contributors(door: Door, who: str | None, status: int) -> None:
    assert (await door.put_up(who=who)).status_code == status


async def test_too_large_is_said_before_and_while_it_comes(door: Door, house: SmallHouse) -> None:
    house.limit(picture_body_bytes=1000)
    head = {"content-type": "image/png"}
    announced = await door.ask("PUT", "/api/me/image", content=b"\x89PNG\r\n\x1a\n" + b"x" * 2000, headers=head)

    async def stream() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100

    streamed = await door.ask("PUT", "/api/me/cover", content=stream(), headers=head)
    for answer in (announced, streamed):
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "E-FILE-TOOLARGE")
        assert answer.json()["error"]["details"]["limit"] == 1000
    assert await stored_keys(house.ports) == []


async def test_a_download_has_all_its_headers(door: Door) -> None:
    answer = await door.put_up(path="default/a.txt?visibility=P")
    got = await door.get(f"/api/files/{await id_of(answer)}", who=None)
    assert (got.status_code, got.content) == (200, TEXT)
    headers = got.headers
    assert headers["content-type"] == "text/plain"
    assert headers["content-length"] == "10"
    assert headers["accept-ranges"] == "bytes"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["etag"] == f'"{headers["x-cloudillo-variant"]}"'
    assert headers["x-cloudillo-variants"].startswith("d2,raw.orig:b1~")
    assert headers["x-content-type-options"] == "nosniff"


async def test_what_not_everybody_may_read_is_for_the_callers_own_cache(door: Door) -> None:
    got = await door.get(f"/api/files/{await id_of(await door.put_up())}")
    assert got.headers["cache-control"] == "private, max-age=31536000, immutable"


async def test_strangers_find_nothing(door: Door) -> None:
    file_id = await id_of(await door.put_up())
    etag = (await door.get(f"/api/files/{file_id}")).headers["x-cloudillo-variant"]
    for who in (None, "vera"):
        for path in (file_id, f"variant/{etag}", f"{file_id}/descriptor"):
            answer = await door.get(f"/api/files/{path}", who=who)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "E-CORE-NOTFOUND")


async def test_a_token_may_stand_in_the_address(door: Door, drive: Drive) -> None:
    file_id = await id_of(await door.put_up())
    assert (await door.get(f"/api/files/{file_id}?token={drive.keys['alice']}", who=None)).content == TEXT


@pytest.mark.parametrize(
    ("asked", "status", "content", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=-99", 206, TEXT, "bytes 0-9/10"),
        ("bytes=5-99", 206, b"56789", "bytes 5-9/10"),
        ("bytes=9-9", 206, b"9", "bytes 9-9/10"),
        ("Bytes = 1 - 2", 206, b"12", "bytes 1-2/10"),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=99-100", 416, None, "bytes */10"),
        ("bytes=-0", 416, None, "bytes */10"),
        ("bytes=3-1", 200, TEXT, None),
        ("bytes=", 200, TEXT, None),
        ("bytes=-", 200, TEXT, None),
        ("bytes=a-b", 200, TEXT, None),
        ("bytes=0-1,4-5", 200, TEXT, None),
        ("chars=0-1", 200, TEXT, None),
        ("bytes=" + "9" * 40 + "-", 200, TEXT, None),
    ],
)
async def test_ranges(door: Door, asked: str, status: int, content: bytes | None, content_range: str | None) -> None:
    file_id = await id_of(await door.put_up())
    got = await door.get(f"/api/files/{file_id}", range=asked)
    assert (got.status_code, got.headers.get("content-range")) == (status, content_range)
    if content is None:
        assert got.json()["error"]["details"] == {"size": 10}
    else:
        assert got.content == content
        assert got.headers["content-length"] == str(len(content))


async def test_an_empty_file_has_no_range(door: Door) -> None:
    file_id = await id_of(await door.put_up(b""))
    assert (await door.get(f"/api/files/{file_id}")).content == b""
    assert (await door.get(f"/api/files/{file_id}", range="bytes=0-0")).status_code == 416


async def test_a_range_of_other_bytes_gives_all(door: Door) -> None:
    path = f"/api/files/{await id_of(await door.put_up())}"
    etag = (await door.get(path)).headers["etag"]
    assert (await door.get(path, range="bytes=0-1", if_range=etag)).status_code == 206
    assert (await door.get(path, range="bytes=0-1", if_range='"b1~other"')).status_code == 200


async def test_what_the_client_has_is_not_sent_again(door: Door) -> None:
    path = f"/api/files/{await id_of(await door.put_up())}"
    etag = (await door.get(path)).headers["etag"]
    for said in (etag, f'"x", W/{etag}', "*"):
        got = await door.get(path, if_none_match=said)
        assert (got.status_code, got.content, got.headers["etag"]) == (304, b"", etag)
    assert (await door.get(path, if_none_match='"x"')).status_code == 200


async def test_head_says_the_same_without_the_bytes(door: Door) -> None:
    path = f"/api/files/{await id_of(await door.put_up())}"
    got, head = await door.get(path), await door.ask("HEAD", path)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10")
    names = ("etag", "content-type", "cache-control", "accept-ranges", "x-cloudillo-variant")
    assert all(head.headers[name] == got.headers[name] for name in names)


@pytest.mark.parametrize(
    ("content_type", "is_sealed", "is_saved"),
    [
        ("image/svg+xml", True, False),
        ("text/html", True, True),
        ("application/xhtml+xml", True, True),
        ("text/xml", True, True),
        ("text/javascript", True, True),
        ("application/octet-stream", True, True),
        ("multipart/x-mixed-replace; boundary=x", True, True),
        ("text/plain; charset=utf-8", False, False),
        ("application/pdf", False, False),
        ("audio/mpeg", False, False),
        ("image/anything+xml", True, True),
        ("audio/xml", True, True),
    ],
)
async def test_nothing_of_a_stranger_runs_in_our_origin(
    door: Door, content_type: str, is_sealed: bool, is_saved: bool
) -> None:
    answer = await door.put_up(b"<svg onload=alert(1)>", content_type, "orig-only/%22x%22%0d.html")
    assert answer.status_code == 400  # a name is one line
    file_id = await id_of(await door.put_up(b"<svg onload=alert(1)>", content_type, 'orig-only/"é".html'))
    got = await door.get(f"/api/files/{file_id}")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert ("sandbox" in got.headers.get("content-security-policy", "")) is is_sealed
    assert got.headers.get("content-disposition") == (
        "attachment; filename*=UTF-8''%22%C3%A9%22.html" if is_saved else None
    )
    assert got.headers["content-type"] == content_type


@pytest.mark.parametrize("declared", ["image/x;a=b,text/html", "video/webm;codecs=vp8,opus"])
async def test_a_type_that_could_be_taken_for_two_is_told_without_the_second(door: Door, declared: str) -> None:
    file_id = await id_of(await door.put_up(TEXT, declared, "orig-only/x"))
    for method in ("GET", "HEAD"):
        got = await door.ask(method, f"/api/files/{file_id}")
        assert got.headers["content-type"] == declared.partition(";")[0]


@pytest.mark.parametrize("asked", ["aud.md", "vid.sd", "tn", "enormous"])
async def test_a_missing_variant_is_not_found(door: Door, asked: str) -> None:
    file_id = await id_of(await door.put_up())
    answer = await door.get(f"/api/files/{file_id}?variant={asked}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "E-CORE-NOTFOUND")


@pytest.mark.parametrize(
    "path", ["nothing", "f1~x", "@1", "variant/b1~x", "variant/x", "nothing/descriptor", "x" * 300]
)
async def test_what_is_not_there_is_not_found(door: Door, path: str) -> None:
    assert (await door.get(f"/api/files/{path}")).status_code == 404


@pytest.mark.parametrize("query", ["minX=-1", "minX=a", "minY=1.5", "minRes=99999999999999999999"])
async def test_a_bad_measure_is_refused(door: Door, query: str) -> None:
    file_id = await id_of(await door.put_up())
    assert (await door.get(f"/api/files/{file_id}?{query}")).status_code == 400


@pytest.mark.parametrize(("path", "column", "word"), [("image", "picture", "profile-pic"), ("cover", "cover", "cover")])
async def test_a_tenant_gets_its_picture(
    door: Door, drive: Drive, house: SmallHouse, path: str, column: str, word: str
) -> None:
    answer = await door.ask("PUT", f"/api/me/{path}", content=picture(), headers={"content-type": "image/jpeg"})
    data = answer.json()["data"]
    assert (answer.status_code, data["type"]) == (200, word)
    assert getattr(await Tenant.get(id=drive.tenant.id), f"{column}_file_id") == data["fileId"]
    await work_off(house)
    final = getattr(await Tenant.get(id=drive.tenant.id), f"{column}_file_id")
    assert final.startswith("f1~")
    seen = await door.get(f"/api/files/{final}?variant=tn", who=None)
    assert (seen.status_code, opened(seen.content).width) == (200, 256)
    again = await door.ask("PUT", f"/api/me/{path}", content=picture(), headers={"content-type": "image/jpeg"})
    assert again.json()["data"]["fileId"] == final


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"", "image/png"),
        (b"no image", "image/png"),
        (b"<svg/>", "image/svg+xml"),
        (TEXT, "text/plain"),
        (picture()[:30], "image/jpeg"),
    ],
)
async def test_what_is_no_image_is_no_picture(
    door: Door, drive: Drive, house: SmallHouse, content: bytes, content_type: str
) -> None:
    answer = await door.ask("PUT", "/api/me/image", content=content, headers={"content-type": content_type})
    assert answer.status_code == 400
    assert (await Tenant.get(id=drive.tenant.id)).picture_file_id == "f1~pic"
    assert await stored_keys(house.ports) == []


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("olga", 403), ("bob", 401)])
async def test_pictures_are_for_owners(door: Door, who: str | None, status: int) -> None:
    answer = await door.ask("PUT", "/api/me/image", who, content=picture(), headers={"content-type": "image/jpeg"})
    assert answer.status_code == status


async def test_a_storage_that_is_away_is_said_as_such(
    at_drive: Client, drive: Drive, house: SmallHouse, tmp_path: Path
) -> None:
    door = Door(at_drive, drive)
    file_id = await id_of(await door.put_up())
    (tmp_path / "file").write_bytes(b"")
    house.ports = replace(house.ports, storage=DiskStorage(tmp_path / "file" / "blobs"))
    for answer in (await door.put_up(b"more"), await door.get(f"/api/files/{file_id}")):
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "E-SYS-UNAVAIL")
    assert (await door.ask("HEAD", f"/api/files/{file_id}")).status_code == 200
