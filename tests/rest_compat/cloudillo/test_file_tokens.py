"""Tokens for one file tree, narrowed from a person's or made from a link: what they open, and what they do not."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from domain.models import File, Ref
from tests.rest_compat.cloudillo.town import Town, bearer


async def data(client: httpx2.AsyncClient, method: str, path: str, token: str, **more: Any) -> Any:
    response = await client.request(method, path, headers=bearer(token), **more)
    assert response.is_success, response.text
    return response.json()["data"]


async def narrowed(client: httpx2.AsyncClient, town: Town, rights: str) -> str:
    """Alice's token for her document."""
    scope = f"file:{town.values['document']}:{rights}"
    token: str = (await data(client, "GET", f"/api/auth/access-token?scope={scope}", town.token()))["token"]
    return token


async def by_link(client: httpx2.AsyncClient, town: Town, ref: str = "ref", **query: str) -> str:
    """What anybody gets for the link, which lets them comment."""
    response = await client.get("/api/auth/access-token", params={"refId": town.values[ref], **query})
    assert response.is_success, response.text
    token: str = response.json()["data"]["token"]
    return token


async def names(client: httpx2.AsyncClient, token: str) -> list[str]:
    return [item["fileName"] for item in await data(client, "GET", "/api/files?sort=name", token)]


async def test_a_token_for_a_file_sees_its_tree(street: httpx2.AsyncClient, town: Town) -> None:
    document = await File.get(public_id=town.values["document"])
    await File.create(
        tenant_id=document.tenant_id, public_id="part", kind="tree", name="part", content_type="a/b", root=document
    )
    for token in (await narrowed(street, town, "R"), await by_link(street, town)):
        assert await names(street, token) == ["document", "part"]
        shown = await data(street, "GET", "/api/files/part/metadata", token)
        assert shown["rootId"] == document.public_id
        hidden = await street.get(f"/api/files/{town.values['inner']}/metadata", headers=bearer(token))
        assert hidden.status_code == 404


@pytest.mark.parametrize(("rights", "status"), [("R", 403), ("C", 403), ("W", 201)])
async def test_parts_are_added_with_the_right_to_write(
    street: httpx2.AsyncClient, town: Town, rights: str, status: int
) -> None:
    headers = bearer(await narrowed(street, town, rights))
    body = {"fileTp": "RTDB", "rootId": town.values["document"]}
    assert (await street.post("/api/files", json=body, headers=headers)).status_code == status
    for outside in ({"fileTp": "RTDB"}, {"fileTp": "RTDB", "rootId": town.values["inner"]}):
        assert (await street.post("/api/files", json=outside, headers=headers)).status_code in (403, 404)


async def test_a_token_for_a_file_is_for_nothing_else(street: httpx2.AsyncClient, town: Town) -> None:
    document = town.values["document"]
    for token in (await narrowed(street, town, "W"), await by_link(street, town)):
        for method, path, send in (
            ("GET", f"/api/files/{document}/shares", None),
            ("POST", f"/api/files/{document}/shares", {"subjectType": "U", "subjectId": "a.b.c", "permission": "R"}),
            ("DELETE", f"/api/files/{document}", None),
            ("POST", f"/api/files/{document}/duplicate", {}),
            ("PATCH", f"/api/files/{document}/user", {"pinned": True}),
            ("DELETE", "/api/trash", None),
            ("GET", "/api/refs", None),
            ("POST", "/api/refs", {"type": "share.file", "resourceId": document}),
            ("GET", "/api/settings", None),
            ("GET", "/api/tags", None),
        ):
            response = await street.request(method, path, json=send, headers=bearer(token))
            assert (response.status_code, response.json()["error"]["code"]) == (403, "E-AUTH-NOPERM"), path


async def test_a_link_that_ends_ends_what_it_opened(street: httpx2.AsyncClient, town: Town) -> None:
    token = await by_link(street, town)
    await data(street, "DELETE", f"/api/refs/{town.values['ref']}", town.token())
    refused = await street.get("/api/files", headers=bearer(token))
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "E-AUTH-UNAUTH")


async def test_a_link_for_one_opens_once_and_is_renewed_by_who_has_it(street: httpx2.AsyncClient, town: Town) -> None:
    token = await by_link(street, town, "once")
    query = {"refId": town.values["once"]}
    for wrong in (query, {**query, "refresh": "true"}):
        assert (await street.get("/api/auth/access-token", params=wrong)).status_code == 400
    renewed = await data(street, "GET", "/api/auth/access-token", token, params={**query, "refresh": "true"})
    assert await names(street, renewed["token"]) == ["document"]
    assert (await Ref.get(ref_id=town.values["once"])).uses_left == 0


async def test_a_token_through_a_container_goes_as_far_as_the_link_between_them(
    street: httpx2.AsyncClient, town: Town
) -> None:
    inner, document = town.values["inner"], town.values["document"]
    query = {"via": document, "scope": f"file:{inner}:W"}
    token = (await data(street, "GET", "/api/auth/access-token", town.token(), params=query))["token"]
    assert (await data(street, "GET", f"/api/files/{inner}/metadata", token))["accessLevel"] == "comment"
    back = await street.get(
        "/api/auth/access-token", params={"via": inner, "scope": f"file:{document}:R"}, headers=bearer(town.token())
    )
    assert back.status_code == 403
