"""The bus between replicas: Redis Streams, hashed shards, one blocking reader per process.

Each entry carries its number in its shard, counted by Redis itself, so a reader sees any loss (trimmed, flushed,
restored from an older file) as a jump in the numbers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from domain.errors import Unavailable
from domain.ports.bus import BusGap, BusMessage
from drivers.bus.mailbox import Mailbox, Switchboard
from drivers.bus.redis_reader import StreamReader
from drivers.bus.redis_streams import Streams
from drivers.bus.redis_writer import StreamWriter
from drivers.redis_link import connect, unavailable_without_redis


class RedisBus:
    """shards: streams that topics are hashed to. maxlen: entries that each keeps, about.

    All replicas must agree on prefix and shards. publish tries for publish_timeout_s before it gives up.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "gatehouse:",
        shards: int = 16,
        maxlen: int = 100_000,
        publish_timeout_s: float = 5.0,
    ) -> None:
        streams = Streams(prefix, shards, maxlen)
        self._switchboard = Switchboard()
        self._client = connect(url)
        self._reader = StreamReader(url, streams, self._switchboard)
        self._writer = StreamWriter(url, streams, publish_timeout_s)
        self._closed = False

    async def publish(self, topic: str, data: bytes) -> None:
        self._refuse_when_closed()
        await self._writer.write(topic, data)

    @asynccontextmanager
    async def subscribe(
        self, topics: Collection[str], *, max_pending: int = 1024
    ) -> AsyncIterator[AsyncIterator[BusMessage | BusGap]]:
        self._refuse_when_closed()
        topics, mailbox = frozenset(topics), Mailbox(max_pending)
        self._switchboard.join(topics, mailbox)
        try:
            await self._reader.start()
            yield mailbox
        finally:
            self._switchboard.leave(topics, mailbox)

    async def check(self) -> None:
        self._refuse_when_closed()
        with unavailable_without_redis("The message bus"):
            await self._client.ping()

    async def close(self) -> None:
        self._closed = True
        await self._reader.close()
        await self._writer.close()
        self._switchboard.close()
        await self._client.aclose()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise Unavailable("The message bus is closed.")
