"""Two replicas, a bus that loses messages, clients that come and go: all see the same in the end."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from pycrdt import Doc, Text

from domain.documents.load import load
from domain.models import File
from domain.ports import Ports
from domain.ports.bus import BusGap, BusMessage
from drivers.bus.memory import MemoryBus, MemoryHub
from realtime.crdt.member import Offer
from realtime.crdt.rooms import DocumentRooms
from tests.gateway.served import until
from tests.realtime.crdt.clients import Client, running


class LossyBus(MemoryBus):
    """Loses a third of what is published, and says so now and then only."""

    def __init__(self, hub: MemoryHub, chance: random.Random) -> None:
        super().__init__(hub)
        self._chance = chance

    async def publish(self, topic: str, data: bytes) -> None:
        if self._chance.random() > 0.33:
            await super().publish(topic, data)

    @asynccontextmanager
    async def subscribe(
        self, topics: Collection[str], *, max_pending: int = 1024
    ) -> AsyncIterator[AsyncIterator[BusMessage | BusGap]]:
        async with super().subscribe(topics, max_pending=max_pending) as messages:
            yield self._with_gaps(messages)

    async def _with_gaps(self, messages: AsyncIterator[BusMessage | BusGap]) -> AsyncIterator[BusMessage | BusGap]:
        async for message in messages:
            if self._chance.random() < 0.05:
                yield BusGap()
            yield message


def edit(client: Client, chance: random.Random) -> None:
    text = client.doc.get("text", type=Text)
    before = client.doc.get_state()
    if len(text) and chance.random() < 0.3:
        at = chance.randrange(len(text))
        del text[at : at + 1]
    else:
        text.insert(chance.randrange(len(text) + 1), chance.choice("abcdef"))
    client.room.offer(Offer(client, client.doc.get_update(before), False))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_all_see_the_same_in_the_end(file: File, ports: Ports, seed: int) -> None:
    chance, hub = random.Random(seed), MemoryHub()
    first = DocumentRooms(replace(ports, bus=LossyBus(hub, chance)), "first", grace_s=0.0)
    second = DocumentRooms(replace(ports, bus=LossyBus(hub, chance)), "second", grace_s=0.0)
    async with running(first), running(second):
        clients = [Client(rooms, file.id) for rooms in (first, first, second, second)]
        for turn in range(60):
            edit(chance.choice(clients), chance)
            if chance.random() < 0.3:
                await clients[0].synced()
            if turn % 15 == 14:
                gone = clients.pop(chance.randrange(len(clients)))
                gone.leave()
                edit(gone, chance)
                clients.append(Client(chance.choice([first, second]), file.id, gone.doc))

        async def agree() -> bool:
            return len({client.text for client in clients}) == 1

        await until(agree, within_s=10.0)
        text = clients[0].text
    stored: Doc[Any] = (await load(file.id)).content.doc
    assert str(stored.get("text", type=Text)) == text
