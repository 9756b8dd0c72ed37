"""Bridge to the other replicas: what this one commits is told on the bus, what they tell reaches the room."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from uuid import UUID

from domain.documents.live import Told, decode_told, document_topic, encode_told
from domain.errors import Unavailable
from domain.ports import Ports
from domain.ports.bus import BusGap

MOST_WAITING = 10_000
TRY_AGAIN_S = 1.0

Hear = Callable[[Told | None], None]
"""None: something may have been missed."""


class Replicas:
    """One per process. Losing a message costs nothing but time: every room compares itself with the log."""

    def __init__(self, ports: Ports) -> None:
        self.number = secrets.randbits(63)
        self._ports = ports
        self._waiting: deque[tuple[str, bytes]] = deque(maxlen=MOST_WAITING)
        self._work = asyncio.Event()

    def tell(self, file_id: UUID, told: Told) -> None:
        """Soon; in the order of the calls."""
        self._waiting.append((document_topic(file_id), encode_told(told)))
        self._work.set()

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting:
                batch = list(self._waiting)
                self._waiting.clear()
                await self._publish(batch)

    async def _publish(self, batch: list[tuple[str, bytes]]) -> None:
        if len(batch) == 1:
            await self._publish_one(*batch[0])
        else:
            await asyncio.gather(*(self._publish_one(topic, data) for topic, data in batch))

    async def _publish_one(self, topic: str, data: bytes) -> None:
        try:
            await self._ports.bus.publish(topic, data)
        except Unavailable:
            return

    async def follow(self, file_id: UUID, hear: Hear, live: asyncio.Event) -> None:
        """Tell the room what comes in, until cancelled. live: set when nothing more can be missed unnoticed, or the bus
        is away and the room must do with the log."""
        while True:
            try:
                async with self._ports.bus.subscribe({document_topic(file_id)}) as messages:
                    if live.is_set():
                        hear(None)
                    live.set()
                    async for message in messages:
                        hear(None if isinstance(message, BusGap) else decode_told(message.data))
            except Unavailable:
                live.set()
            await asyncio.sleep(TRY_AGAIN_S)
