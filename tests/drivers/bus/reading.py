"""Read from a subscription, but never for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from domain.ports.bus import BusGap, BusMessage

PATIENCE_S = 15

Item = BusMessage | BusGap


async def take(inbox: AsyncIterator[Item], count: int) -> list[Item]:
    """The next items."""
    async with asyncio.timeout(PATIENCE_S):
        return [await anext(inbox) for _ in range(count)]


async def take_until(inbox: AsyncIterator[Item], last: bytes) -> list[Item]:
    """The next items, up to the message with this data."""
    items: list[Item] = []
    async with asyncio.timeout(PATIENCE_S):
        async for item in inbox:
            items.append(item)
            if isinstance(item, BusMessage) and item.data == last:
                break
    return items


def data_of(items: list[Item]) -> list[bytes]:
    return [item.data for item in items if isinstance(item, BusMessage)]


def gaps_in(items: list[Item]) -> int:
    return sum(isinstance(item, BusGap) for item in items)
