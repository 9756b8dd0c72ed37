"""The bus inside one process."""

from __future__ import annotations

import asyncio

from drivers.bus.memory import MemoryBus
from tests.drivers.bus.reading import data_of, take


async def test_buses_without_a_common_hub_do_not_hear_each_other() -> None:
    one, other = MemoryBus(), MemoryBus()
    async with one.subscribe(["a"]) as inbox:
        await other.publish("a", b"elsewhere")
        await one.publish("a", b"here")
        assert data_of(await take(inbox, 1)) == [b"here"]


async def test_a_publisher_without_pause_does_not_starve_its_reader() -> None:
    bus = MemoryBus()
    async with bus.subscribe(["a"], max_pending=8) as inbox:
        reading = asyncio.create_task(take(inbox, 1000))
        for number in range(1000):
            await bus.publish("a", b"%d" % number)
        assert data_of(await reading) == [b"%d" % number for number in range(1000)]
