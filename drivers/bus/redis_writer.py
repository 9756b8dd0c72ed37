"""Write to the streams: one task sends everything that waits in one round trip, in order, and tries again."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from itertools import islice

from domain.errors import Unavailable
from drivers.bus.redis_streams import ADD_SCRIPT, Streams, delays_s
from drivers.redis_link import REDIS_FAULTS, connect, end

_BATCH = 256


@dataclass(frozen=True, slots=True, eq=False)
class _Outgoing:
    shard: int
    topic: str
    data: bytes
    sent: asyncio.Future[None]


class StreamWriter:
    """One connection and one queue keep the order of a publisher. A batch whose answer is lost is sent again."""

    def __init__(self, url: str, streams: Streams, timeout_s: float) -> None:
        self._client = connect(url, retries=0)
        self._streams = streams
        self._timeout_s = timeout_s
        self._queue: deque[_Outgoing] = deque()
        self._waiting = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._fault: Exception | None = None

    async def write(self, topic: str, data: bytes) -> None:
        """Back when Redis has it. Unavailable: not within the timeout."""
        outgoing = _Outgoing(self._streams.shard(topic), topic, data, asyncio.get_running_loop().create_future())
        self._queue.append(outgoing)
        self._waiting.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="bus-writer")
        try:
            async with asyncio.timeout(self._timeout_s):
                await outgoing.sent
        except TimeoutError:
            raise Unavailable("The message bus cannot be reached.") from self._fault

    async def _run(self) -> None:
        delays = delays_s()
        while True:
            await self._waiting.wait()
            batch = list(islice(self._queue, _BATCH))
            try:
                await self._send(batch)
            except REDIS_FAULTS as fault:
                self._fault = fault
                await asyncio.sleep(next(delays))
                self._forget_given_up()
            else:
                delays = delays_s()
                self._settle(batch)

    async def _send(self, batch: list[_Outgoing]) -> None:
        async with self._client.pipeline(transaction=True) as pipeline:
            for outgoing in batch:
                keys = (self._streams.key(outgoing.shard), self._streams.counter_key(outgoing.shard))
                pipeline.eval(ADD_SCRIPT, 2, *keys, self._streams.maxlen, outgoing.topic, outgoing.data)
            await pipeline.execute()

    def _settle(self, batch: list[_Outgoing]) -> None:
        for outgoing in batch:
            self._queue.popleft()
            if not outgoing.sent.done():
                outgoing.sent.set_result(None)
        if not self._queue:
            self._waiting.clear()

    def _forget_given_up(self) -> None:
        self._queue = deque(outgoing for outgoing in self._queue if not outgoing.sent.done())
        if not self._queue:
            self._waiting.clear()

    async def close(self) -> None:
        if self._task is not None:
            await end(self._task)
        for outgoing in self._queue:
            if not outgoing.sent.done():
                outgoing.sent.set_exception(Unavailable("The message bus is closed."))
        await self._client.aclose()
