"""Every request, its one answer, and every error. Each frame that comes is decoded strictly (client.py)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.models import File, FileActivity
from gateway.database import entered
from tests.gateway.served import until
from tests.realtime.rtdb.conftest import FILE_ID, Place


async def test_a_first_conversation(place: Place) -> None:
    async with place.client() as client:
        assert await client.ask("ping") == {"type": "pong"}
        assert await client.watch("todos") == []
        key = await client.create("todos", title="milk")
        document = {"id": key, "title": "milk"}
        assert await client.event() == {"action": "create", "path": f"todos/{key}", "data": document}
        assert await client.query("todos") == [document]
        assert await client.get(f"todos/{key}") == document
        await client.silence()


async def test_query(place: Place) -> None:
    async with place.client() as client:
        await client.transact(
            *({"type": "replace", "path": f"n/{key}", "data": {"v": v}} for key, v in (("a", 3), ("b", 1), ("c", 2)))
        )
        await client.replace("n/a/parts/1", v=9)
        assert [one["id"] for one in await client.query("n")] == ["a", "b", "c"]
        by_value = [{"field": "v", "ascending": False}]
        assert [one["id"] for one in await client.query("/n/", sort=by_value, limit=2, offset=1)] == ["c", "b"]
        assert await client.query("n", filter={"greaterThan": {"v": 2}}, select=[]) == [{"id": "a"}]
        assert [one["id"] for one in await client.query("n", filter="what?")] == ["a", "b", "c"]
        groups = await client.query("n", aggregate={"groupBy": "v", "ops": [{"op": "sum", "field": "v"}]}, limit=1)
        assert groups == [{"group": "1", "count": 1, "sum_v": 1}]
        assert await client.query("none") == []


async def test_get(place: Place) -> None:
    async with place.client() as client:
        await client.replace("n/a", v=3, w={"x": 1})
        assert await client.get("n/a") == {"id": "a", "v": 3, "w": {"x": 1}}
        assert await client.get("n/a", select=["w"]) == {"id": "a", "w": {"x": 1}}
        assert await client.get("n/b") is None


async def test_transaction(place: Place) -> None:
    async with place.client() as client:
        results = await client.transact(
            {"type": "create", "path": "posts", "data": {"t": 1}, "ref": "$p"},
            {"type": "create", "path": "posts/${$p}/comments", "data": {}},
            {"type": "update", "path": "posts/${$p}", "data": {"t": {"$op": "increment", "by": 4}}},
            {"type": "delete", "path": "posts/none"},
        )
        assert [result["ref"] for result in results] == ["$p", None, None, None]
        assert [result["id"] is None for result in results] == [False, False, True, True]
        assert await client.get(f"posts/{results[0]['id']}") == {"id": results[0]["id"], "t": 5}
        assert await client.transact() == []


async def test_create_index(place: Place) -> None:
    async with place.client() as client:
        await client.replace("n/a", v=1)
        for _ in range(2):
            assert await client.ask("createIndex", path="n", field="v") == {"type": "createIndexResult"}
        await client.replace("n/b", v=1)
        assert [one["id"] for one in await client.query("n", filter={"equals": {"v": 1}})] == ["a", "b"]


async def test_unsubscribe(place: Place) -> None:
    async with place.client() as client:
        subscription_id = await client.subscribe("n")
        assert (await client.event())["action"] == "ready"
        for _ in range(2):
            assert await client.ask("unsubscribe", subscriptionId=subscription_id) == {"type": "unsubscribeResult"}
        await client.replace("n/a", v=1)
        await client.silence()


BAD: list[tuple[str, dict[str, Any]]] = [
    ("dance", {}),
    ("release", {}),
    ("query", {}),
    ("query", {"path": 5}),
    ("query", {"path": "a//b"}),
    ("query", {"path": "n", "limit": -1}),
    ("query", {"path": "n", "limit": True}),
    ("query", {"path": "n", "offset": "1"}),
    ("query", {"path": "n", "sort": "v"}),
    ("query", {"path": "n", "sort": [{"ascending": True}]}),
    ("query", {"path": "n", "sort": [{"field": "v", "ascending": 1}]}),
    ("query", {"path": "n", "select": "v"}),
    ("query", {"path": "n", "select": [1]}),
    ("query", {"path": "n", "aggregate": {"ops": []}}),
    ("get", {}),
    ("get", {"path": "/"}),
    ("subscribe", {}),
    ("subscribe", {"path": "n", "scope": "everything"}),
    ("subscribe", {"path": "n", "scope": ["children"]}),
    ("subscribe", {"path": "n", "aggregate": 5}),
    ("unsubscribe", {}),
    ("transaction", {}),
    ("transaction", {"operations": {}}),
    ("transaction", {"operations": [5]}),
    ("transaction", {"operations": [{"type": "create"}]}),
    ("transaction", {"operations": [{"path": "n"}]}),
    ("transaction", {"operations": [{"type": "rename", "path": "n/a"}]}),
    ("transaction", {"operations": [{"type": "create", "path": "n", "data": [1]}]}),
    ("transaction", {"operations": [{"type": "create", "path": "n", "data": {}, "ref": 5}]}),
    ("transaction", {"operations": [{"type": "update", "path": "n/a", "data": {"v": {"$op": "no"}}}]}),
    ("transaction", {"operations": [{"type": "delete", "path": "${$nothing}"}]}),
    ("createIndex", {"path": "", "field": "v"}),
    ("createIndex", {"path": "n", "field": ""}),
    ("createIndex", {"path": "n"}),
    ("lock", {"path": "n/a"}),
    ("lock", {"path": "n/a", "mode": "firm"}),
    ("lock", {"mode": "soft"}),
    ("unlock", {}),
    ("presence", {"state": {}}),
]


async def test_what_is_wrong_is_answered_with_400(lite: Place) -> None:
    async with lite.client() as client:
        for kind, fields in BAD:
            assert await client.refused(kind, **fields) == 400, (kind, fields)
        assert await client.query("n") == []


async def test_what_is_too_large_is_answered_with_413(lite: Place) -> None:
    async with lite.client() as client:
        data = {"text": "x" * (1 << 20)}
        operation = {"type": "replace", "path": "n/a", "data": data}
        assert await client.refused("transaction", operations=[operation]) == 413


async def test_readers_are_answered_with_403(place: Place) -> None:
    async with place.client(place.rita) as rita, place.client(access="read") as modest:
        for client in (rita, modest):
            for kind, fields in (
                ("transaction", {"operations": [{"type": "create", "path": "n", "data": {}}]}),
                ("createIndex", {"path": "n", "field": "v"}),
                ("lock", {"path": "n/a", "mode": "soft"}),
                ("unlock", {"path": "n/a"}),
            ):
                assert await client.refused(kind, **fields) == 403, kind
            assert await client.query("n") == []
            assert await client.watch("n") == []


async def test_what_is_locked_is_answered_with_423(place: Place) -> None:
    async with place.client() as anna, place.client(place.bert) as bert:
        assert await anna.ask("lock", path="n/a", mode="hard") == {"type": "lockResult", "locked": True}
        answer = await bert.ask("transaction", operations=[{"type": "delete", "path": "n/a"}])
        assert (answer["type"], answer["code"]) == ("error", 423)
        assert answer["details"] == {"path": "n/a", "holder": "anna"}


async def test_a_fault_of_ours_is_answered_with_500(lite: Place) -> None:
    async with lite.client() as client:
        await client.replace("n/a", v=1)
        await lite.here.house.database.connections.get("default").execute_query("DROP TABLE tree_index")
        assert await client.refused("query", path="n") == 500
        assert await client.refused("subscribe", path="n") == 500
        assert await client.refused("transaction", operations=[{"type": "create", "path": "n", "data": {}}]) == 500
        assert await client.get("n/a") == {"id": "a", "v": 1}


@pytest.mark.parametrize("request_id", [1, 7.5, -3, 10**15, "text", "", 0])
async def test_the_id_comes_back_as_it_was_sent(lite: Place, request_id: object) -> None:
    async with lite.client() as client:
        await client.send(json.dumps({"id": request_id, "type": "ping"}))
        await client.send(json.dumps({"id": request_id, "type": "what?"}))
        await client.silence()
        assert [frame["id"] for frame in client.frames[:2]] == [request_id, request_id]
        assert [type(frame["id"]) for frame in client.frames[:2]] == [type(request_id)] * 2


async def test_what_cannot_be_answered_is_ignored(lite: Place) -> None:
    async with lite.client() as client:
        for text in ("", "{", "[]", "5", "null", '"ping"', '{"type":"ping"}', '{"id":null,"type":"ping"}',
                     '{"id":true,"type":"ping"}', '{"id":[1],"type":"ping"}', '{"id":1e999,"type":"ping"}',
                     b"\x00\x01", '{"id":1,"type":"ping"'):  # fmt: skip
            await client.send(text)
        await client.silence()
        assert len(client.frames) == 1


async def test_what_nests_too_deep_is_refused(lite: Place) -> None:
    async with lite.client() as client:
        nested: Any = {}
        for _ in range(80):
            nested = {"in": nested}
        operation = {"type": "replace", "path": "n/a", "data": nested}
        assert await client.refused("transaction", operations=[operation]) == 400
        assert await client.refused("query", path="n", filter={"equals": {"v": nested}}) == 400


async def test_requests_are_answered_in_their_order_and_see_what_came_before(place: Place) -> None:
    async with place.client() as client:
        add = {"type": "update", "path": "n/a", "data": {"v": {"$op": "increment"}}}
        asked = []
        for _ in range(20):
            asked += [client.begin("transaction", operations=[add]) for _ in range(10)]
            asked.append(client.begin("get", path="n/a"))
        seen = [(await one).get("data", {}).get("v") for one in asked]
        assert [value for value in seen if value is not None] == list(range(10, 201, 10))
        order = [frame["id"] for frame in client.frames]
        assert order == sorted(order)


async def test_opening_and_writing_are_noted_on_the_file(place: Place) -> None:
    async with place.client(place.bert) as client:
        await client.replace("n/a", v=1)
        with entered(place.here.house.database):
            file = await File.get(id=place.file.id)
            activity = await FileActivity.get(file_id=file.id, user_id=place.bert.user.id)
        assert file.modified_at is not None
        assert activity.accessed_at is not None
        assert activity.modified_at == file.modified_at
        await client.replace("n/a", v=2)
        with entered(place.here.house.database):
            assert (await File.get(id=place.file.id)).modified_at == file.modified_at, "not with every write"


async def test_an_empty_room_is_given_up(lite: Place) -> None:
    rooms = lite.here.house.trees
    async with lite.client() as client, lite.client() as other:
        assert await client.ask("ping") == await other.ask("ping")
        assert len(rooms) == 1

    async def is_empty() -> bool:
        return len(rooms) == 0

    await until(is_empty)


async def test_close_codes(place: Place) -> None:
    async with place.client(file_id="nothing") as client:
        assert await client.closed() == 4404
    async with place.client(place.vera) as client:
        assert await client.closed() == 4403
    async with place.guest() as client:
        assert await client.closed() == 4403
    async with place.client(place.rita, access="write") as client:
        assert await client.closed() == 4403
    with entered(place.here.house.database):
        await File.filter(id=place.file.id).update(kind="document")
    async with place.client(file_id=FILE_ID) as client:
        assert await client.closed() == 4409
