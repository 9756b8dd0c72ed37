"""The relay: one gapless order over everything committed, whoever relays."""

from __future__ import annotations

import asyncio

import pytest

from domain.events import Event
from domain.jobs.relay import Relay, give_positions
from domain.models import OutboxCursor, OutboxEvent
from domain.ports import Ports
from domain.unit import unit_of_work

pytestmark = pytest.mark.usefixtures("database")


async def tell(ports: Ports, *topics: str) -> None:
    async with unit_of_work(ports) as unit:
        for topic in topics:
            unit.emit(Event("Happened", topic, {}))


async def test_events_get_positions_in_the_order_they_were_written(ports: Ports) -> None:
    await tell(ports, "a:1", "a:2")
    await tell(ports, "a:1")
    assert await give_positions() == 3
    rows = await OutboxEvent.all().order_by("seq")
    assert [row.position for row in rows] == [1, 2, 3]
    assert (await OutboxCursor.get(id=1)).last_position == 3
    assert await give_positions() == 0


async def test_a_rolled_back_change_leaves_no_gap(ports: Ports) -> None:
    await tell(ports, "a:1")
    with pytest.raises(KeyError):
        async with unit_of_work(ports) as unit:
            unit.emit(Event("Happened", "a:2", {}))
            await unit._flush()
            raise KeyError
    await tell(ports, "a:3")
    await give_positions()
    assert [row.position for row in await OutboxEvent.all().order_by("seq")] == [1, 2]


async def test_relays_that_race_give_each_position_once(ports: Ports) -> None:
    for number in range(50):
        await tell(ports, f"a:{number}")
    given = await asyncio.gather(*(give_positions() for _ in range(5)))
    assert sum(given) == 50
    assert sorted([row.position or 0 for row in await OutboxEvent.all()]) == list(range(1, 51))


async def test_a_running_relay_serves_and_gives_its_lease_back(ports: Ports) -> None:
    relay = asyncio.create_task(Relay(ports, "one").run())
    async with ports.bus.subscribe(["outbox:positioned"]) as positioned:
        await tell(ports, "a:1")
        await asyncio.wait_for(anext(positioned), 10)
    assert await OutboxEvent.filter(position=1).count() == 1
    assert await ports.leases.acquire("relay", "two", 5) is None
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    assert await ports.leases.acquire("relay", "two", 5) is not None
