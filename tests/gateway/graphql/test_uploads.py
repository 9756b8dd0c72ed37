"""Files in GraphQL multipart requests."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.errors import InvalidInput
from domain.models import File
from gateway.graphql.caller import CSRF_HEADER
from gateway.graphql.form_parts import PartBegins, PartData, boundary_of, pieces_of
from tests.gateway.graphql.people import People
from tests.gateway.graphql.serving import Replica

UPLOAD = """
mutation($file: Upload!, $input: UploadFileInput) {
  uploadFile(file: $file, input: $input) { existed file { id name kind contentType sizeBytes } }
}
"""
OURS = {CSRF_HEADER: "1"}


async def sent(
    replica: Replica,
    token: str | None,
    *,
    operations: Any = None,
    places: Any = None,
    files: dict[str, tuple[str, bytes, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> httpx2.Response:
    """A form as clients send it: operations, map, then files."""
    operations = {"query": UPLOAD, "variables": {"file": None}} if operations is None else operations
    given_files = {"0": ("notes.txt", b"some notes", "text/plain")} if files is None else files
    places = {name: ["variables.file"] for name in given_files} if places is None else places
    fields: list[Any] = [("operations", (None, json.dumps(operations))), ("map", (None, json.dumps(places)))]
    fields += [(name, (filename, io.BytesIO(data), kind)) for name, (filename, data, kind) in given_files.items()]
    bearer = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(timeout=30) as client:
        return await client.post(
            replica.url, files=fields, headers={**bearer, **(OURS if headers is None else headers)}
        )


def code_of(reply: httpx2.Response) -> str:
    return str(reply.json()["errors"][0]["extensions"]["code"])


async def test_a_file_is_uploaded_once_however_often_it_is_sent(replica: Replica, people: People) -> None:
    wanted = {"query": UPLOAD, "variables": {"file": None, "input": {"name": "mine.txt", "tags": ["a"]}}}
    big = bytes(range(256)) * 8192
    files = {"0": ("big.bin", big, "application/octet-stream")}
    first = (await sent(replica, people.anna.token, operations=wanted, files=files)).json()["data"]["uploadFile"]
    assert first["existed"] is False
    assert (first["file"]["name"], first["file"]["kind"], first["file"]["sizeBytes"]) == ("mine.txt", "BLOB", len(big))
    again = (await sent(replica, people.anna.token, operations=wanted, files=files)).json()["data"]["uploadFile"]
    assert (again["existed"], again["file"]["id"]) == (True, first["file"]["id"])


async def test_several_files_go_where_the_map_says(replica: Replica, people: People) -> None:
    query = """mutation($one: Upload!, $two: Upload!) {
      a: uploadFile(file: $two) { file { name sizeBytes } } b: uploadFile(file: $one) { file { name sizeBytes } } }"""
    operations = {"query": query, "variables": {"one": None, "two": None}}
    files = {"x": ("x.txt", b"1", "text/plain"), "y": ("y.txt", b"22", "text/plain")}
    places = {"x": ["variables.one"], "y": ["variables.two"]}
    data = (await sent(replica, people.anna.token, operations=operations, files=files, places=places)).json()["data"]
    assert data["a"]["file"] == {"name": "y.txt", "sizeBytes": 2}
    assert data["b"]["file"] == {"name": "x.txt", "sizeBytes": 1}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"headers": {}}, "FORBIDDEN"),
        ({"places": {}}, "INVALID_INPUT"),
        ({"places": {"0": ["variables.file"], "1": ["variables.file"]}}, "INVALID_INPUT"),
        ({"places": {"0": ["file"]}}, "INVALID_INPUT"),
        ({"places": {"0": ["variables.file.x"]}}, "INVALID_INPUT"),
        ({"places": {"0": ["variables.nope.x"]}}, "INVALID_INPUT"),
        ({"places": {"0": []}}, "INVALID_INPUT"),
        ({"places": {"0": [1]}}, "INVALID_INPUT"),
        ({"places": {"0": ["query"]}}, "INVALID_INPUT"),
        ({"operations": [{"query": UPLOAD}]}, "INVALID_INPUT"),
        ({"operations": {"query": UPLOAD, "variables": {"file": "x"}}}, "INVALID_INPUT"),
        ({"operations": {"query": UPLOAD, "variables": {"file": None}}, "files": {}}, "INVALID_INPUT"),
    ],
)
async def test_a_form_that_is_not_right_makes_nothing(
    replica: Replica, people: People, changed: dict[str, Any], code: str
) -> None:
    reply = await sent(replica, people.anna.token, **changed)
    assert code_of(reply) in (code, "GRAPHQL_VALIDATION_FAILED")
    with replica.inside():
        assert await File.all().count() == 0


async def test_a_form_holds_nothing_beside_its_files(replica: Replica, people: People) -> None:
    """Not even empty fields, of which there could be any number."""
    fields = [(f"f{number}", (None, "")) for number in range(50)]
    bearer = {"authorization": f"Bearer {people.anna.token}"}
    async with httpx2.AsyncClient(timeout=30) as client:
        reply = await client.post(replica.url, files=fields, headers={**bearer, **OURS})
    assert code_of(reply) == "INVALID_INPUT"
    assert "nothing beside" in reply.text


async def test_nobody_uploads_unknown_and_a_viewer_may_not(replica: Replica, people: People) -> None:
    assert code_of(await sent(replica, None)) == "UNAUTHENTICATED"
    assert code_of(await sent(replica, "nonsense")) == "UNAUTHENTICATED"
    assert code_of(await sent(replica, people.vera.token)) == "FORBIDDEN"


async def test_a_file_that_is_no_file_is_refused(replica: Replica, people: People) -> None:
    error = await replica.refused(UPLOAD, {"file": "text"}, token=people.anna.token)
    assert error["extensions"]["code"] == "INVALID_INPUT"


class TestLimits:
    @pytest.fixture
    def door(self) -> dict[str, Any]:
        return {"max_upload_bytes": 1000, "max_upload_files": 2, "max_body_bytes": 2000}

    async def test_too_much_is_refused(self, replica: Replica, people: People) -> None:
        token = people.anna.token
        assert (await sent(replica, token, files={"0": ("a", b"x" * 1000, "text/plain")})).status_code == 200
        large = await sent(replica, token, files={"0": ("a", b"x" * 1001, "text/plain")})
        assert code_of(large) == "TOO_LARGE"
        three = {str(number): ("a", b"x", "text/plain") for number in range(3)}
        assert code_of(await sent(replica, token, files=three)) == "TOO_LARGE"
        long = {"query": UPLOAD + " " * 2000, "variables": {"file": None}}
        assert code_of(await sent(replica, token, operations=long)) == "TOO_LARGE"


async def one_by_one(body: bytes, sizes: list[int]) -> AsyncIterator[bytes]:
    at = 0
    for size in [*sizes, len(body)]:
        yield body[at : at + size]
        at += size


@given(
    parts=some.lists(some.tuples(some.text("abc", min_size=1), some.binary(max_size=60)), min_size=1, max_size=4),
    sizes=some.lists(some.integers(0, 40), max_size=12),
)
async def test_a_form_is_taken_apart_however_it_is_cut(parts: list[tuple[str, bytes]], sizes: list[int]) -> None:
    body = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="%s"; filename="f"\r\n\r\n%s\r\n' % (name.encode(), data)
        for name, data in parts
    )
    seen: list[tuple[str, bytes]] = []
    async for piece in pieces_of(one_by_one(body + b"--edge--\r\n", sizes), b"edge"):
        if isinstance(piece, PartBegins):
            seen.append((piece.name, b""))
        elif isinstance(piece, PartData):
            seen[-1] = (seen[-1][0], seen[-1][1] + piece.data)
    assert seen == parts


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing of the kind",
        b'--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut',
        b"--edge\r\n\r\nno name\r\n--edge--",
        b"--edge\r\n" + b"x" * 9000,
        b'--edge\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--edge--',
    ],
)
async def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        async for _ in pieces_of(one_by_one(body, []), b"edge"):
            pass


@pytest.mark.parametrize(
    "header", ["multipart/form-data", "multipart/form-data; boundary=", 'x; boundary="' + "a" * 71]
)
def test_a_form_says_its_boundary(header: str) -> None:
    with pytest.raises(InvalidInput):
        boundary_of(header)
