"""Read the streams: one blocking reader for the whole process, from the last entry it saw, over every outage."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, cast

from domain.ports.bus import BusMessage
from drivers.bus.mailbox import Switchboard
from drivers.bus.redis_streams import DATA, NUMBER, TOPIC, Streams, delays_s
from drivers.redis_link import ANSWER_TIMEOUT_S, REDIS_FAULTS, connect, end, unavailable_without_redis

_BLOCK_S = 5.0
_COUNT = 256

Fields = dict[bytes, bytes]
_Answer = list[tuple[bytes, list[tuple[bytes, Fields]]]]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """An entry: its id in the stream as two numbers, and its own number in the shard."""

    milliseconds: int = 0
    sequence: int = 0
    number: int = 0

    @classmethod
    def of(cls, entry_id: bytes, fields: Fields) -> _Place:
        milliseconds, sequence = entry_id.split(b"-")
        number = fields.get(NUMBER, b"")
        return cls(int(milliseconds), int(sequence), int(number) if number.isdigit() else 0)

    @property
    def entry_id(self) -> str:
        return f"{self.milliseconds}-{self.sequence}"


class StreamReader:
    """Hands every entry to the switchboard, and a gap wherever entries may be missing."""

    def __init__(self, url: str, streams: Streams, switchboard: Switchboard) -> None:
        self._client = connect(url)
        self._blocking = connect(url, retries=0, answer_timeout_s=_BLOCK_S + ANSWER_TIMEOUT_S)
        self._streams = streams
        self._switchboard = switchboard
        self._keys = {streams.key(shard).encode(): shard for shard in range(streams.shards)}
        self._places: list[_Place] = []
        self._run_id: str | None = None
        self._starting = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read on from now; once. Unavailable: Redis does not answer, so where now is cannot be said."""
        async with self._starting:
            if self._task is None:
                with unavailable_without_redis("The message bus"):
                    self._run_id, tails = await self._tails()
                self._places = [tail or _Place() for tail in tails]
                self._task = asyncio.create_task(self._run(), name="bus-reader")

    async def _run(self) -> None:
        delays = delays_s()
        try:
            while True:
                try:
                    await self._resume()
                    while True:
                        await self._read()
                        delays = delays_s()
                except REDIS_FAULTS as fault:
                    log.warning("the bus lost Redis and tries again: %s", fault)
                    await asyncio.sleep(next(delays))
        finally:
            self._switchboard.close()  # nobody waits for a reader that is no more

    async def _resume(self) -> None:
        """Compare our places with what Redis holds now: another run of it, or a shorter stream, may have lost some."""
        run_id, tails = await self._tails()
        restarted = run_id != self._run_id
        self._run_id = run_id
        for shard, tail in enumerate(tails):
            shortened = (tail or _Place()) < self._places[shard]
            if shortened:
                self._places[shard] = tail or _Place()
            if shortened or restarted:
                self._tell_gap(shard)

    async def _tails(self) -> tuple[str | None, list[_Place | None]]:
        """(which run of the server this is, the last entry of each stream)."""
        async with self._client.pipeline(transaction=False) as pipeline:
            pipeline.info("server")
            for shard in range(self._streams.shards):
                pipeline.xrevrange(self._streams.key(shard), count=1)
            server, *streams = await pipeline.execute()
        return server.get("run_id"), [_Place.of(*entries[0]) if entries else None for entries in streams]

    async def _read(self) -> None:
        places = {key: self._places[shard].entry_id for key, shard in self._keys.items()}
        answer = await self._blocking.xread(cast("Any", places), count=_COUNT, block=int(_BLOCK_S * 1000))
        for key, entries in cast("_Answer", answer):
            for entry_id, fields in entries:
                self._take(self._keys[key], _Place.of(entry_id, fields), fields)
            await asyncio.sleep(0)  # subscribers read before the next stream's entries fall on them

    def _take(self, shard: int, place: _Place, fields: Fields) -> None:
        if place.number != self._places[shard].number + 1:
            self._tell_gap(shard)
        self._places[shard] = place
        if TOPIC in fields and DATA in fields:
            self._switchboard.deliver(BusMessage(fields[TOPIC].decode(errors="replace"), fields[DATA]))

    def _tell_gap(self, shard: int) -> None:
        self._switchboard.tell_gap(lambda topic: self._streams.shard(topic) == shard)

    async def close(self) -> None:
        if self._task is not None:
            await end(self._task)
        await self._blocking.aclose()
        await self._client.aclose()
