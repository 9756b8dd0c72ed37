"""Presence: for those who asked for it, within its limits, and never for others."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from tests.realtime.rtdb.conftest import Place

OK = {"type": "presenceResult"}


async def test_who_comes_changes_and_goes(place: Place) -> None:
    async with (
        place.client() as plain,
        place.client(presence="1") as anna,
        place.client(place.rita, presence="true") as rita,
    ):
        sync = await anna.event()
        assert (sync["action"], sync["users"]) == ("sync", [])
        assert (await rita.event())["users"] == []
        assert await anna.ask("presence", state={"cursor": 1}) == OK
        assert await rita.event() == {"action": "join", "connId": sync["connId"], "state": {"cursor": 1}}
        assert await anna.ask("presence", state={"cursor": 2}) == OK
        assert await rita.event() == {"action": "update", "connId": sync["connId"], "state": {"cursor": 2}}
        async with place.client(presence="1") as late:
            assert (await late.event())["users"] == [{"connId": sync["connId"], "state": {"cursor": 2}}]
        assert await anna.ask("presence", state=None) == OK
        assert await rita.event() == {"action": "leave", "connId": sync["connId"]}
        for client in (anna, rita, plain):
            await client.silence()
        assert [frame["type"] for frame in plain.frames] == ["pong"]


async def test_leaving_the_room_is_leaving(place: Place) -> None:
    async with place.client(presence="1") as anna:
        await anna.event()
        async with place.client(place.bert, presence="1") as bert:
            own = (await bert.event())["connId"]
            await bert.ask("presence", state={})
            assert (await anna.event())["action"] == "join"
        assert await anna.event() == {"action": "leave", "connId": own}


async def test_limits(lite: Place) -> None:
    async with lite.client(presence="1") as client:
        assert await client.refused("presence", state={"text": "x" * 2048}) == 413
        assert await client.refused("presence", state="here") == 400
        answers = [await client.begin("presence", state={"n": number}) for number in range(40)]
        throttled = [bool(answer.get("throttled")) for answer in answers]
        assert throttled[:15] == [False] * 15
        assert any(throttled)


async def test_not_more_than_a_hundred_are_present(lite: Place) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(lite.client(presence="1")) for _ in range(101)]
        results = await asyncio.gather(*(client.begin("presence", state={}) for client in clients))
        assert sorted(result["type"] for result in results) == ["error"] + ["presenceResult"] * 100
        assert [result["code"] for result in results if result["type"] == "error"] == [413]


async def test_without_the_parameter_there_is_none(lite: Place) -> None:
    async with lite.client(presence="0") as client:
        assert await client.refused("presence", state={}) == 400
