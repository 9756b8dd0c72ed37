"""Two replicas serve one database: changes, locks and presence are the same at both, whatever breaks between them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from domain.models.tree import TreeChange
from gateway.database import entered
from tests.engines.redis import RedisServer
from tests.realtime.rtdb.client import Client
from tests.realtime.rtdb.conftest import Place, two_replicas


async def keys_in_order(client: Client, count: int) -> list[str]:
    return [(await client.event())["path"].partition("/")[2] for _ in range(count)]


async def test_both_tell_the_same_in_the_same_order(pair: Place) -> None:
    async with pair.client() as anna, pair.client(pair.bert, at=pair.there) as bert:
        await anna.watch("n")
        await bert.watch("n")

        async def write(client: Client, name: str) -> None:
            for number in range(40):
                await client.replace(f"n/{name}{number:02}", v=number)

        await asyncio.gather(write(anna, "a"), write(bert, "b"))
        here, there = await keys_in_order(anna, 80), await keys_in_order(bert, 80)
        assert here == there
        assert [key for key in here if key[0] == "a"] == [f"a{number:02}" for number in range(40)]
        for client in (anna, bert):
            await client.silence()
        assert await anna.query("n") == await bert.query("n")


async def test_locks_and_aggregates_reach_over(pair: Place) -> None:
    async with pair.client() as anna, pair.client(pair.bert, at=pair.there) as bert:
        assert await bert.watch("n", aggregate={"groupBy": "g"}) == []
        await bert.watch("m")
        await anna.replace("n/a", g="x")
        assert (await bert.event())["data"] == [{"group": "x", "count": 1}]
        await anna.ask("lock", path="m/a", mode="hard")
        assert (await bert.event())["action"] == "lock"
        refused = {"type": "lockResult", "locked": False, "holder": "anna", "mode": "hard"}
        assert await bert.ask("lock", path="m/a", mode="soft") == refused
        assert await bert.refused("transaction", operations=[{"type": "delete", "path": "m/a"}]) == 423
        await anna.ask("unlock", path="m/a")
        assert (await bert.event())["action"] == "unlock"


async def test_presence_is_one_list(pair: Place) -> None:
    async with pair.client(presence="1") as anna, pair.client(pair.bert, at=pair.there, presence="1") as bert:
        own = (await anna.event())["connId"]
        assert (await bert.event())["action"] == "sync"
        await anna.ask("presence", state={"at": 1})
        assert await bert.event() == {"action": "join", "connId": own, "state": {"at": 1}}
        async with pair.client(pair.rita, at=pair.there, presence="1") as rita:
            assert (await rita.event())["users"] == [{"connId": own, "state": {"at": 1}}]


async def test_nothing_is_lost_while_the_bus_is_away(
    tmp_path: Path, postgres_database_url: str, restartable_redis: RedisServer
) -> None:
    url = restartable_redis.url()
    async with (
        two_replicas(tmp_path, postgres_database_url, url) as pair,
        pair.client() as anna,
        pair.client(pair.bert, at=pair.there) as bert,
    ):
        await bert.watch("n")
        await anna.replace("n/0", v=0)
        assert (await bert.event())["path"] == "n/0"
        restartable_redis.kill()
        for number in range(1, 4):
            await anna.replace(f"n/{number}", v=number)
        assert await keys_in_order(bert, 3) == ["1", "2", "3"]
        restartable_redis.start()
        await anna.replace("n/4", v=4)
        assert await keys_in_order(bert, 1) == ["4"]
        await bert.silence()


async def test_who_missed_what_was_pruned_begins_again(pair: Place) -> None:
    """A replica that stood still for longer than changes are kept."""
    async with pair.client() as anna, pair.client(pair.bert, at=pair.there) as bert:
        await bert.watch("n")
        house = pair.there.house
        room = next(iter(house.trees._rooms.values()))
        room._tail.position = -1
        with entered(house.database):
            await anna.replace("n/a", v=1)
            await TreeChange.all().delete()
        room.look()
        assert await bert.closed() == 1012
