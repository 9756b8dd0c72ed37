"""Two gateways on PostgreSQL and Redis serve one document, one collection and one channel, while each part is killed in
turn. What was acknowledged is there, everybody sees the same, and whoever was cut off misses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.engines.redis import RedisServer
from tests.journeys.editor import Editor
from tests.journeys.frames import BusClient, TreeClient
from tests.journeys.house import ServerProcess, server

pytestmark = [pytest.mark.postgres, pytest.mark.redis]
WITHIN_S = 40.0
ROUNDS = 20
REMEMBER = """mutation {
  configureChannel(input: {pattern: "talk", historyCount: 10000, historyAgeS: 3600}) { id }
}"""


@dataclass(slots=True)
class Acknowledged:
    """What the gateways have said is safe."""

    words: list[str]
    keys: list[str]
    offsets: dict[int, str]


@dataclass(slots=True)
class Company:
    """Everybody who works on the two gateways: the first of each kind only watches, through the second gateway."""

    editors: list[Editor]
    trees: list[TreeClient]
    talkers: list[BusClient]
    safe: Acknowledged
    rounds: int = 0

    async def write_while(self, happening: Callable[[], Awaitable[object]]) -> None:
        """Write in rounds, and let it happen in the middle of them."""
        numbers = range(self.rounds, self.rounds + ROUNDS)
        self.rounds += ROUNDS
        happened: asyncio.Task[object] | None = None
        for number in numbers:
            if number == numbers[ROUNDS // 4]:
                happened = asyncio.create_task(_as_coroutine(happening))
            await self.write_once(number)
        assert happened is not None
        await happened

    async def write_once(self, number: int) -> None:
        """One word, one document and one message of every writer, each acknowledged."""
        writers = [
            *(self._type(editor) for editor in self.editors[1:]),
            *(self._put(tree, f"{who}-{number}") for who, tree in enumerate(self.trees[1:])),
            *(self._say(talker, f"{who}-{number}") for who, talker in enumerate(self.talkers[1:])),
        ]
        async with asyncio.timeout(WITHIN_S):
            await asyncio.gather(*writers)

    async def _type(self, editor: Editor) -> None:
        word = await editor.type_word()
        await editor.until_acknowledged(word, within_s=WITHIN_S)
        self.safe.words.append(word)

    async def _put(self, tree: TreeClient, key: str) -> None:
        await tree.put(key, said=key)
        self.safe.keys.append(key)

    async def _say(self, talker: BusClient, word: str) -> None:
        self.safe.offsets[await talker.publish(word)] = word

    async def until_all_see_everything(self) -> None:
        async with asyncio.timeout(WITHIN_S):
            for editor in self.editors:
                await editor.until_acknowledged(*self.safe.words, within_s=WITHIN_S)
            for tree in self.trees:
                await _until(tree.changed, lambda tree=tree: tree.mirror.keys() >= set(self.safe.keys))
            for talker in self.talkers:
                await _until(talker.changed, lambda it=talker: self.safe.offsets.items() <= dict(it.messages).items())


async def _as_coroutine(happening: Callable[[], Awaitable[object]]) -> object:
    return await happening()


async def _until(changed: asyncio.Event, true: Any) -> None:
    while not true():
        changed.clear()
        await changed.wait()


@asynccontextmanager
async def gateways(folder: Path, database_url: str, redis: RedisServer) -> AsyncIterator[list[ServerProcess]]:
    """Two that share everything; the second has the keys of the first."""
    shared = {
        "database_url": database_url,
        "redis_url": redis.url(),
        "secret_key": "x" * 40,
        "runtime": "memory",
    }
    async with server(folder, **shared) as first, server(folder, **shared) as second:
        second.keys = first.keys
        yield [first, second]


@asynccontextmanager
async def company(houses: list[ServerProcess]) -> AsyncIterator[Company]:
    def urls(path: str, first: int) -> list[str]:
        ordered = [houses[first], houses[1 - first]]
        return [f"ws://127.0.0.1:{house.port}{path}?token={house.keys['graphql']}" for house in ordered]

    async with AsyncExitStack() as stack:
        made = Company(
            [Editor(f"e{n}", urls("/ws/crdt/s~journey", (n + 1) % 2)) for n in range(4)],
            [TreeClient(urls("/ws/rtdb/s~things", (n + 1) % 2), "words") for n in range(3)],
            [BusClient(urls("/ws/bus", (n + 1) % 2), "talk") for n in range(3)],
            Acknowledged([], [], {}),
        )
        clients: list[AbstractAsyncContextManager[Any]] = [*made.editors, *made.trees, *made.talkers]
        for client in clients:
            await stack.enter_async_context(client)
        for listener in (*made.trees, *made.talkers):
            await listener.until_greeted()
        yield made


async def test_each_part_dies_in_turn_and_nothing_acknowledged_is_lost(
    tmp_path: Path, postgres_database_url: str, restartable_redis: RedisServer
) -> None:
    async with gateways(tmp_path, postgres_database_url, restartable_redis) as houses:
        await houses[0].graphql(REMEMBER)
        async with company(houses) as everybody:
            await everybody.write_while(houses[0].kill)
            await everybody.write_while(houses[0].start)
            await everybody.write_while(houses[1].kill)
            await everybody.write_while(houses[1].start)
            await everybody.write_while(partial(asyncio.to_thread, restartable_redis.kill))
            await everybody.write_while(partial(asyncio.to_thread, restartable_redis.start))
            await everybody.until_all_see_everything()
            await check_what_everybody_has(everybody, houses)


async def check_what_everybody_has(everybody: Company, houses: list[ServerProcess]) -> None:
    first, *others = everybody.editors
    assert all(editor.text == first.text for editor in others)
    assert all(first.text.count(word) == 1 for word in everybody.safe.words)
    mirrors = [tree.mirror for tree in everybody.trees]
    assert all(mirror == mirrors[0] for mirror in mirrors)
    for talker in everybody.talkers:
        offsets = [offset for offset, _ in talker.messages]
        assert offsets == list(range(offsets[0], offsets[0] + len(offsets)))
        assert all(talker.recoveries)
    for house in houses:
        cold = f"ws://127.0.0.1:{house.port}/ws/crdt/s~journey?token={house.keys['graphql']}"
        async with Editor("cold", [cold]) as reader:
            await reader.until_acknowledged(*everybody.safe.words)
            assert reader.text == first.text
