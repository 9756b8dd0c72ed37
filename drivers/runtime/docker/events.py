"""The engine's own events about our instances."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from domain.errors import Unavailable
from domain.ports.runtime import RuntimeEvent
from drivers.runtime.docker.engine import Engine
from drivers.runtime.docker.exchange import Exchange
from drivers.runtime.docker.log_lines import Cursor
from drivers.runtime.docker.names import OWNER, instance_of
from drivers.runtime.docker.observe import since_epoch_ns

KINDS = (
    "create",
    "start",
    "restart",
    "die",
    "stop",
    "kill",
    "oom",
    "pause",
    "unpause",
    "update",
    "rename",
    "destroy",
)


@asynccontextmanager
async def open_events(engine: Engine, owner: str) -> AsyncIterator[AsyncIterator[RuntimeEvent]]:
    """Events from now on; the iteration ends when the engine goes away.

    The engine answers a moment before it listens, so we ask for what happened since its own clock's now.
    """
    info = await engine.read(lambda sdk: sdk.info())
    asked_at = Cursor(since_epoch_ns(info["SystemTime"]) or 0, 1)
    wanted = {"type": ["container"], "label": [f"{OWNER}={owner}"], "event": list(KINDS)}
    query = {"since": asked_at.since, "filters": json.dumps(wanted)}
    async with engine.exchange("GET", "/events", query) as exchange:
        yield _Events(exchange, owner)


class _Events:
    def __init__(self, exchange: Exchange, owner: str) -> None:
        self._exchange = exchange
        self._owner = owner
        self._rest = b""
        self._ready: list[RuntimeEvent] = []

    def __aiter__(self) -> _Events:
        return self

    async def __anext__(self) -> RuntimeEvent:
        while not self._ready:
            try:
                piece = await self._exchange.piece()
            except Unavailable:
                raise StopAsyncIteration from None
            if not piece:
                raise StopAsyncIteration
            *lines, self._rest = (self._rest + piece).split(b"\n")
            events = (self._event(json.loads(line)) for line in lines if line.strip())
            self._ready += [event for event in events if event is not None]
        return self._ready.pop(0)

    def _event(self, message: dict[str, Any]) -> RuntimeEvent | None:
        """None for the containers we make for a moment."""
        instance_id: UUID | None = instance_of(message["Actor"]["Attributes"], self._owner)
        return RuntimeEvent(instance_id, message["Action"]) if instance_id is not None else None
