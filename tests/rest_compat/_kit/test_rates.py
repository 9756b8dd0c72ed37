"""Counting requests."""

from __future__ import annotations

import httpx2
import pytest

from domain.limits import Rate
from tests.fakes import FakeClock
from tests.rest_compat.houses import SmallHouse


@pytest.fixture
def limited(house: SmallHouse) -> SmallHouse:
    house.rates["toy"] = Rate(2, 60.0)
    return house


async def post(toy: httpx2.AsyncClient, text: str, key: str | None = "old") -> httpx2.Response:
    headers = {} if key is None else {"x-toy": key}
    return await toy.post("/notes", json={"text": text}, headers=headers)


async def test_beyond_the_rate_is_refused_until_there_is_room(
    toy: httpx2.AsyncClient, limited: SmallHouse, clock: FakeClock
) -> None:
    assert [(await post(toy, name)).headers["x-left"] for name in ("a", "b")] == ["1", "0"]
    refused = await post(toy, "c")
    assert (refused.status_code, refused.json()["problem"]) == (429, "Slow down.")
    assert refused.headers["x-left"] == "0"
    clock.advance(float(refused.headers["retry-after"]) + 1)
    assert (await post(toy, "c")).status_code == 200


async def test_every_key_has_its_own_allowance(toy: httpx2.AsyncClient, limited: SmallHouse) -> None:
    for name in ("a", "b", "c"):
        last = await post(toy, name)
    assert last.status_code == 429
    assert (await post(toy, "d", key="new")).status_code == 201


async def test_methods_that_are_not_counted_pass(toy: httpx2.AsyncClient, limited: SmallHouse) -> None:
    for _ in range(5):
        response = await toy.get("/notes")
    assert response.status_code == 200
    assert "x-left" not in response.headers


async def test_guessing_keys_is_counted_by_address(toy: httpx2.AsyncClient, limited: SmallHouse) -> None:
    del toy.headers["x-toy"]
    statuses = [(await post(toy, "a", key=None)).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    assert (await post(toy, "a")).status_code == 200


async def test_a_rate_of_zero_is_none(toy: httpx2.AsyncClient) -> None:
    response = await post(toy, "a")
    assert "x-left" not in response.headers
