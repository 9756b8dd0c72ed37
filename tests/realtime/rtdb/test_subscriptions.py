"""What watchers are told: first everything there is, then every change once, in the order of commits."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.realtime.rtdb.client import Client
from tests.realtime.rtdb.conftest import Place


def brief(event: dict[str, Any]) -> tuple[Any, ...]:
    return event["action"], event["path"], event.get("data")


async def events(client: Client, count: int) -> list[tuple[Any, ...]]:
    return [brief(await client.event()) for _ in range(count)]


async def test_the_answer_comes_first_then_ready_then_changes(place: Place) -> None:
    async with place.client() as client:
        await client.replace("n/a", v=1)
        subscription_id = await client.subscribe("n")
        await client.update("n/a", v=2)
        assert await client.ask("ping") == {"type": "pong"}
        kinds = [(one["type"], one.get("event", {}).get("action")) for one in client.frames[1:]]
        assert kinds == [
            ("subscribeResult", None),
            ("change", "ready"),
            ("transactionResult", None),
            ("change", "update"),
            ("pong", None),
        ]
        assert {one["subscriptionId"] for one in client.frames if one["type"] == "change"} == {subscription_id}


async def test_what_everybody_is_told_of(place: Place) -> None:
    async with place.client() as writer, place.client(place.rita) as reader:
        await writer.replace("n/a", v=1)
        for client in (writer, reader):
            assert await client.watch("n") == [{"id": "a", "v": 1}]
        await writer.transact(
            {"type": "update", "path": "n/a", "data": {"v": 2}},
            {"type": "replace", "path": "n/b", "data": {"v": 3}},
            {"type": "delete", "path": "n/a"},
            {"type": "delete", "path": "n/none"},
            {"type": "replace", "path": "m/a", "data": {}},
            {"type": "replace", "path": "n/b/parts/1", "data": {"p": 1}},
        )
        expected = [
            ("update", "n/a", {"id": "a", "v": 2}),
            ("create", "n/b", {"id": "b", "v": 3}),
            ("delete", "n/a", None),
            ("create", "n/b/parts/1", {"id": "1", "p": 1}),
        ]
        for client in (writer, reader):
            assert await events(client, 4) == expected
            await client.silence()


async def test_a_failed_transaction_is_never_told_of(place: Place) -> None:
    async with place.client() as client:
        await client.watch("n")
        operations = [{"type": "replace", "path": "n/a", "data": {}}, {"type": "rename", "path": "n/a"}]
        assert await client.refused("transaction", operations=operations) == 400
        await client.silence()


async def test_scopes(place: Place) -> None:
    async with place.client() as client:
        told: dict[str, list[str]] = {}
        ids = {}
        for path, scope in (
            ("n/a", "document"),
            ("n", "children"),
            ("n", "subtree"),
            ("n/a", "subtree"),
            ("", "subtree"),
        ):
            subscription_id = await client.subscribe(path, scope=scope)
            assert (await client.event())["action"] == "ready"
            ids[subscription_id] = f"{scope} {path}"
            told[f"{scope} {path}"] = []
        assert len(ids) == 5
        await client.transact(
            *({"type": "replace", "path": path, "data": {}} for path in ("n/a", "n/b", "n/a/p/1", "n/a/p/1/q/2", "m/x"))
        )
        for _ in range(15):
            frame = await client.event_frame()
            told[ids[frame["subscriptionId"]]].append(frame["event"]["path"])
        await client.silence()
        assert told == {
            "document n/a": ["n/a"],
            "children n": ["n/a", "n/b"],
            "subtree n": ["n/a", "n/b", "n/a/p/1", "n/a/p/1/q/2"],
            "subtree n/a": ["n/a", "n/a/p/1", "n/a/p/1/q/2"],
            "subtree ": ["n/a", "n/b", "n/a/p/1", "n/a/p/1/q/2", "m/x"],
        }


async def test_a_document_is_told_before_ready(place: Place) -> None:
    async with place.client() as client:
        await client.replace("n/a", v=1, w=2)
        for scope in ("document", "subtree"):
            await client.subscribe("n/a", scope=scope, select=["v"])
            assert await events(client, 2) == [("create", "n/a", {"id": "a", "v": 1}), ("ready", "n/a", [])]
        await client.subscribe("n/none")
        assert await events(client, 1) == [("ready", "n/none", [])]


async def test_filters(place: Place) -> None:
    async with place.client() as client:
        await client.replace("n/a", v=1)
        await client.replace("n/b", v=5)
        assert await client.watch("n", filter={"greaterThan": {"v": 2}}) == [{"id": "b", "v": 5}]
        await client.update("n/a", v=2)
        await client.update("n/a", v=3)
        await client.update("n/a", v=4)
        await client.update("n/b", v=0)
        await client.delete("n/b")
        await client.delete("n/a")
        assert await events(client, 4) == [
            ("create", "n/a", {"id": "a", "v": 3}),
            ("update", "n/a", {"id": "a", "v": 4}),
            ("delete", "n/b", None),
            ("delete", "n/a", None),
        ]
        await client.silence()


async def test_select_projects_and_keeps_quiet(place: Place) -> None:
    async with place.client() as client:
        await client.replace("n/a", v=1, w=1)
        assert await client.watch("n", select=["v"]) == [{"id": "a", "v": 1}]
        await client.update("n/a", w=2)
        await client.update("n/a", v=2)
        await client.replace("n/b", w=1)
        await client.update("n/b", w=2)
        await client.update("n/a", v=None)
        await client.delete("n/b")
        assert await events(client, 4) == [
            ("update", "n/a", {"id": "a", "v": 2}),
            ("create", "n/b", {"id": "b"}),
            ("update", "n/a", {"id": "a"}),
            ("delete", "n/b", None),
        ]
        await client.silence()


async def test_one_connection_may_ask_twice_for_the_same(place: Place) -> None:
    async with place.client() as client, place.client() as other:
        ids = [await one.subscribe("n") for one in (client, client, other)]
        assert ids[0] == ids[2], "those who ask alike share an id, and a frame"
        assert ids[0] != ids[1]
        assert [(await client.event())["action"] for _ in range(2)] == ["ready", "ready"]
        await client.replace("n/a", v=1)
        frames = [await client.event_frame() for _ in range(2)]
        assert {frame["subscriptionId"] for frame in frames} == set(ids[:2])
        await client.ask("unsubscribe", subscriptionId=ids[0])
        await client.delete("n/a")
        assert (await client.event_frame())["subscriptionId"] == ids[1]
        await client.silence()
        assert (await other.event())["action"] == "ready"
        assert [one[0] for one in await events(other, 2)] == ["create", "delete"]


async def test_live_aggregates(place: Place) -> None:
    aggregate = {"groupBy": "g", "ops": [{"op": "sum", "field": "v"}, {"op": "max", "field": "v"}]}
    async with place.client() as client, place.client(place.bert) as late:
        await client.replace("n/a", g="x", v=1)
        await client.replace("n/b", g="x", v=5)
        first = [{"group": "x", "count": 2, "sum_v": 6, "max_v": 5}]
        assert await client.watch("n", aggregate=aggregate) == first
        await client.replace("n/c", g="y", v=2)
        assert await events(client, 1) == [("update", "n", [{"group": "y", "count": 1, "sum_v": 2, "max_v": 2}])]
        await client.update("n/b", g="y")
        moved = [
            {"group": "y", "count": 2, "sum_v": 7, "max_v": 5},
            {"group": "x", "count": 1, "sum_v": 1, "max_v": 1},
        ]
        assert await events(client, 1) == [("update", "n", moved)]
        assert await late.watch("n", aggregate=aggregate) == moved
        await client.transact({"type": "delete", "path": "n/b"}, {"type": "delete", "path": "n/a"})
        last = [{"group": "y", "count": 1, "sum_v": 2, "max_v": 2}, {"group": "x", "count": 0}]
        for one in (client, late):
            assert await events(one, 1) == [("update", "n", last)]
        await client.replace("n/c/parts/1", g="x")
        await client.ask("lock", path="n/c", mode="soft")
        await late.silence()


async def test_aggregates_with_a_filter(place: Place) -> None:
    async with place.client() as client:
        await client.replace("n/a", g="x", v=1)
        assert await client.watch("n", filter={"greaterThan": {"v": 1}}, aggregate={"groupBy": "g"}) == []
        await client.update("n/a", v=2)
        await client.update("n/a", v=1)
        assert await events(client, 2) == [
            ("update", "n", [{"group": "x", "count": 1}]),
            ("update", "n", [{"group": "x", "count": 0}]),
        ]
        await client.silence()


async def test_whoever_subscribes_in_the_midst_of_writing_misses_and_doubles_nothing(place: Place) -> None:
    async with place.client() as writer:

        async def write() -> None:
            for number in range(150):
                await writer.replace(f"n/{number:03}", v=number)

        writing = asyncio.create_task(write())
        async with place.client(place.bert) as client:
            subscriptions: dict[str, list[str]] = {}
            for _ in range(15):
                subscription_id = await client.subscribe("n")
                subscriptions[subscription_id] = []
                await asyncio.sleep(0)
            await writing
            while any(len(keys) < 150 for keys in subscriptions.values()):
                frame = await client.event_frame()
                event, keys = frame["event"], subscriptions[frame["subscriptionId"]]
                if event["action"] == "ready":
                    assert keys == []
                    keys += [one["id"] for one in event["data"]]
                else:
                    keys.append(event["path"].partition("/")[2])
            await client.silence()
        assert all(keys == [f"{number:03}" for number in range(150)] for keys in subscriptions.values())
