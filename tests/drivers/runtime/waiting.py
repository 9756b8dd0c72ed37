"""Waiting for what a runtime reports, never for time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar
from uuid import UUID

from domain.ports.runtime import LogLine, Observed, Runtime, RuntimeState

PATIENCE_S = 20.0
T = TypeVar("T")


async def state_reached(runtime: Runtime, instance_id: UUID, state: RuntimeState) -> Observed:
    """Look again at every event until the state is that."""
    async with asyncio.timeout(PATIENCE_S), runtime.events() as events:
        while (observed := await runtime.inspect(instance_id)) is None or observed.state is not state:
            await anext(events)
    return observed


async def seen_in_log(runtime: Runtime, instance_id: UUID, text: str) -> LogLine:
    """The first line with this text."""
    async with asyncio.timeout(PATIENCE_S), runtime.logs(instance_id, follow=True) as lines:
        async for line in lines:
            if line.text == text:
                return line
    raise AssertionError(f"the log ended without {text!r}")


async def next_of(items: AsyncIterator[T]) -> T:
    """The next one, soon."""
    async with asyncio.timeout(PATIENCE_S):
        return await anext(items)


async def ends(items: AsyncIterator[object]) -> None:
    """Whatever still comes, the iteration ends soon."""
    async with asyncio.timeout(PATIENCE_S):
        async for _ in items:
            pass


async def output_until(output: AsyncIterator[bytes], wanted: bytes) -> bytes:
    """Console output up to and including some bytes."""
    seen = b""
    while wanted not in seen:
        seen += await next_of(output)
    return seen
