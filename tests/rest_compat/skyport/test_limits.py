"""The rate limit and its headers."""

from __future__ import annotations

import httpx2

from domain.limits import Rate
from tests.fakes import FakeClock
from tests.rest_compat.houses import SmallHouse

ALICE = {"type": "username", "value": "alice"}


async def test_posts_are_counted_in_the_originals_headers(
    panel: httpx2.AsyncClient, house: SmallHouse, clock: FakeClock
) -> None:
    house.rates["skyport"] = Rate(2, 6.0)
    now = int(clock.now().timestamp())
    first = await panel.post("/api/getUser", json=ALICE)
    assert first.headers["x-ratelimit-limit"] == "2"
    assert first.headers["x-ratelimit-remaining"] == "1"
    assert now + 6 <= int(first.headers["x-ratelimit-reset"]) <= now + 7
    await panel.post("/api/getUser", json={})
    refused = await panel.post("/api/getUser", json=ALICE)
    assert refused.status_code == 429
    assert refused.json() == {"error": "Too many requests, please try again later"}
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert refused.headers["retry-after"] in ("6", "7")
    clock.advance(float(refused.headers["retry-after"]))
    assert (await panel.post("/api/getUser", json=ALICE)).status_code == 201


async def test_get_and_delete_are_not_counted(panel: httpx2.AsyncClient, house: SmallHouse) -> None:
    house.rates["skyport"] = Rate(1, 6.0)
    for _ in range(3):
        assert (await panel.get("/api/users")).status_code == 200
        assert (await panel.request("DELETE", "/api/instance/delete", json={})).status_code == 400


async def test_configure_is_counted_by_address(nobody: httpx2.AsyncClient, house: SmallHouse) -> None:
    house.rates["skyport"] = Rate(2, 6.0)
    guess = {"configureKey": "guess", "accessKey": "f"}
    statuses = [(await nobody.post("/nodes/configure", params=guess)).status_code for _ in range(3)]
    assert statuses == [404, 404, 429]
