"""From the door to the verb and back."""

from __future__ import annotations

import logging

import httpx2
import pytest

from domain.models import Tenant
from tests.rest_compat.houses import SmallHouse


async def test_a_call_gets_the_payload_in_the_dialects_form(toy: httpx2.AsyncClient) -> None:
    response = await toy.post("/notes", json={"text": "milk", "more": "is ignored"})
    assert (response.status_code, response.json()) == (200, {"text": "milk"})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert (await toy.get("/notes")).json() == [{"text": "milk"}]


async def test_a_flavour_has_its_own_status_and_fixed_body(toy: httpx2.AsyncClient) -> None:
    response = await toy.post("/notes", json={"text": "milk"}, headers={"x-toy": "new"})
    assert (response.status_code, response.json()) == (201, {"text": "kept"})
    assert (await toy.get("/notes/bread", headers={"x-toy": "new"})).status_code == 404
    assert (await toy.get("/notes/bread")).status_code == 400


async def test_an_unknown_flavour_is_the_first(toy: httpx2.AsyncClient) -> None:
    assert (await toy.get("/notes/bread", headers={"x-toy": "other"})).status_code == 400


async def test_nobody_is_refused_before_the_body_is_read(toy: httpx2.AsyncClient) -> None:
    del toy.headers["x-toy"]
    response = await toy.post("/notes", content=b"{")
    assert (response.status_code, response.json()) == (401, {"problem": "Who are you?", "number": None})


async def test_a_public_endpoint_asks_for_nothing(toy: httpx2.AsyncClient) -> None:
    del toy.headers["x-toy"]
    response = await toy.get("/search", params={"text": "milk", "first": "3"})
    assert response.json() == [{"text": "milk", "first": 3}]


@pytest.mark.parametrize(
    ("query", "status"),
    [({}, 422), ({"text": ""}, 422), ({"text": "a", "first": "many"}, 409), ({"text": "a\0"}, 409)],
)
async def test_a_bad_query_is_refused(toy: httpx2.AsyncClient, query: dict[str, str], status: int) -> None:
    assert (await toy.get("/search", params=query)).status_code == status


async def test_an_endpoints_own_words_come_before_the_dialects(toy: httpx2.AsyncClient) -> None:
    await toy.post("/notes", json={"text": "milk"})
    response = await toy.post("/notes", json={"text": "milk"})
    assert (response.status_code, response.json()["problem"]) == (400, "Taken already.")


async def test_an_error_without_exact_words_says_its_own(toy: httpx2.AsyncClient) -> None:
    response = await toy.post("/notes", json={"text": "away"})
    assert (response.status_code, response.json()["problem"]) == (503, "The shelf does not answer.")


async def test_a_fault_of_ours_tells_its_number_and_nothing_else(
    toy: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = await toy.post("/notes", json={"text": "crash"})
    body = response.json()
    assert (response.status_code, body["problem"]) == (500, "Broken.")
    assert "secret" not in response.text
    assert body["number"] in caplog.text
    assert "/srv/secret" in caplog.text


async def test_a_fault_at_the_door_says_so(toy: httpx2.AsyncClient) -> None:
    response = await toy.get("/notes", headers={"x-toy": "broken"})
    assert (response.status_code, response.json()["problem"]) == (500, "The door is broken.")


async def test_a_handler_may_reply_by_itself(toy: httpx2.AsyncClient) -> None:
    response = await toy.get("/plain")
    assert (response.status_code, response.text, response.headers["content-type"]) == (203, "plain", "text/plain")


async def test_a_body_over_the_limit_is_refused_and_nothing_is_done(toy: httpx2.AsyncClient, house: SmallHouse) -> None:
    house.limit(request_body_bytes=64)
    assert (await toy.post("/notes", json={"text": "x" * 64})).status_code == 413
    assert await Tenant.all().count() == 0
    assert (await toy.post("/notes", json={"text": "x" * 40})).status_code == 200


async def test_a_nul_in_the_path_is_no_path(toy: httpx2.AsyncClient) -> None:
    assert (await toy.get("/notes/a%00b")).status_code == 404
