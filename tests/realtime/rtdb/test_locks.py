"""Locks as clients see them: taken, refused, told to others, given back in every way."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.database import entered
from gateway.wiring import Drivers
from tests.fakes import FakeClock
from tests.realtime.rtdb.client import Client
from tests.realtime.rtdb.conftest import Place

DONE = {"type": "lockResult", "locked": True}


@pytest.fixture
def drivers(clock: FakeClock) -> Drivers:
    """Time stands still until a test moves it."""
    return Drivers(clock=clock)


async def watching(client: Client, path: str = "n") -> Client:
    await client.watch(path)
    return client


async def told(client: Client) -> tuple[str, str, dict[str, Any]]:
    event = await client.event()
    return event["action"], event["path"], event["data"]


async def look_after(place: Place) -> None:
    """What happens about once a second."""
    with entered(place.here.house.database):
        await place.here.house.trees.look_after()


async def test_others_are_told_but_not_who_did_it(place: Place) -> None:
    async with place.client() as anna, place.client(place.bert) as bert, place.client(place.rita) as rita:
        for client in (anna, bert, rita):
            await watching(client)
        assert await anna.ask("lock", path="n/a", mode="hard") == DONE
        action, path, info = await told(bert)
        assert (action, path, info["userId"], info["mode"]) == ("lock", "n/a", "anna", "hard")
        assert await told(rita) == (action, path, info)
        refused = {"type": "lockResult", "locked": False, "holder": "anna", "mode": "hard"}
        assert await bert.ask("lock", path="n/a", mode="soft") == refused
        assert await bert.ask("unlock", path="n/a") == {"type": "unlockResult"}
        assert await anna.ask("unlock", path="n/a") == {"type": "unlockResult"}
        assert await told(bert) == ("unlock", "n/a", {"userId": "anna", "connId": info["connId"]})
        assert await bert.ask("lock", path="n/a", mode="soft") == DONE
        assert (await told(anna))[0] == "lock"
        await anna.silence()
        await bert.silence()


async def test_a_soft_lock_keeps_nobody_from_writing(place: Place) -> None:
    async with place.client() as anna, place.client(place.bert) as bert:
        assert await anna.ask("lock", path="n/a", mode="soft") == DONE
        await bert.replace("n/a", v=1)


async def test_leaving_gives_locks_back(place: Place) -> None:
    async with place.client(place.bert) as bert:
        await watching(bert)
        async with place.client() as anna:
            await anna.ask("lock", path="n/a", mode="hard")
            await anna.ask("lock", path="n/b", mode="soft")
            assert [(await told(bert))[:2] for _ in range(2)] == [("lock", "n/a"), ("lock", "n/b")]
        assert [(await told(bert))[:2] for _ in range(2)] == [("unlock", "n/a"), ("unlock", "n/b")]
        await bert.replace("n/a", v=1)


async def test_a_lock_ends_after_a_minute_and_everybody_is_told(place: Place, clock: FakeClock) -> None:
    async with place.client() as anna, place.client(place.bert) as bert:
        for client in (anna, bert):
            await watching(client)
        await anna.ask("lock", path="n/a", mode="hard")
        assert (await told(bert))[0] == "lock"
        clock.advance(30)
        await look_after(place)
        await anna.ask("lock", path="n/a", mode="hard")
        clock.advance(40)
        await look_after(place)
        for client in (anna, bert):
            await client.silence()
        assert await bert.refused("transaction", operations=[{"type": "delete", "path": "n/a"}]) == 423
        clock.advance(20)
        await look_after(place)
        for client in (anna, bert):
            assert (await told(client))[:2] == ("unlock", "n/a")
        await bert.replace("n/a", v=1)


async def test_locks_are_told_whatever_the_filter(place: Place) -> None:
    async with place.client() as anna, place.client(place.bert) as bert:
        await bert.watch("n", filter={"equals": {"v": 1}}, select=["w"])
        await anna.ask("lock", path="n/a", mode="soft")
        assert (await told(bert))[:2] == ("lock", "n/a")
