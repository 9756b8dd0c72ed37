"""Those who ask for too much, or read too little, and those who share a room with them."""

from __future__ import annotations

import asyncio

import pytest

from domain.trees import query
from realtime.rtdb import session
from tests.realtime.rtdb.conftest import Place


async def test_an_answer_has_its_limit(lite: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "ANSWER_BYTES", 1000)
    async with lite.client() as client:
        for number in range(20):
            await client.replace(f"n/{number:02}", text="x" * 100, g=number % 2)
        assert await client.refused("query", path="n") == 413
        assert await client.refused("subscribe", path="n") == 413
        assert len(await client.query("n", limit=5)) == 5
        groups = await client.query("n", aggregate={"groupBy": "g"})
        assert [group["count"] for group in groups] == [10, 10]


async def test_who_asks_faster_than_can_be_answered_is_closed(lite: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MOST_WAITING", 10)
    free = asyncio.Event()
    async with lite.client() as hasty, lite.client() as other:
        assert await hasty.ask("ping") == {"type": "pong"}
        room = next(iter(lite.here.house.trees._rooms.values()))
        held = asyncio.create_task(room._waiting.do(free.wait))
        hasty.begin("subscribe", path="n")
        for _ in range(20):
            hasty.begin("ping")
        assert await hasty.closed() == 1013
        free.set()
        await held
        await other.replace("n/a", v=1)


async def test_many_watchers_of_many_things(lite: Place) -> None:
    async with lite.client() as writer, lite.client() as reader:
        ids = {}
        for number in range(200):
            ids[await reader.subscribe(f"c{number}")] = number
            assert (await reader.event())["action"] == "ready"
        operations = [{"type": "replace", "path": f"c{number}/k", "data": {}} for number in range(200)]
        await writer.transact(*operations)
        told = [await reader.event_frame() for _ in range(200)]
        assert {ids[frame["subscriptionId"]] for frame in told} == set(range(200))
        assert all(frame["event"]["path"] == f"c{ids[frame['subscriptionId']]}/k" for frame in told)


async def test_there_are_not_any_number_of_subscriptions(lite: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MOST_SUBSCRIPTIONS", 3)
    async with lite.client() as client:
        ids = [await client.subscribe("n") for _ in range(3)]
        assert await client.refused("subscribe", path="n") == 400
        await client.ask("unsubscribe", subscriptionId=ids[0])
        assert await client.subscribe("n") not in ids[1:]
