"""The bridge between replicas: what is said in a channel here is said in it everywhere, through the message bus.

Everything that waits for a channel goes as one bus message, framed already, so the other replicas encode nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from domain.channels.log import ChannelKey
from domain.errors import Unavailable
from domain.ports.bus import Bus, BusMessage
from realtime.frames import SharedFrame

MOST_WAITING = 10_000
RETRY_S = 1.0
MOST_PENDING = 4096


class Relayed(msgspec.Struct, frozen=True):
    """What one replica said in one channel. number: grows with each message of the source. epoch: of the channel's log;
    None: it has none, and positions are 0. entries: position and frame."""

    source: str
    number: int
    epoch: str | None
    entries: list[tuple[int, str]]


def topic_of(key: ChannelKey) -> str:
    return f"channel:{key.tenant_id}:{key.name}"


def presence_topic_of(key: ChannelKey) -> str:
    return f"presence:{key.tenant_id}:{key.name}"


@dataclass(slots=True)
class _Waiting:
    """sent: who waits for it to be on the bus."""

    epoch: str | None
    entries: list[tuple[int, str]] = field(default_factory=list)
    sent: list[asyncio.Future[None]] = field(default_factory=list)


class Relay:
    """One per process. run() must be running."""

    def __init__(self, bus: Bus, source: str) -> None:
        self.source = source
        self._bus = bus
        self._number = 0
        self._count = 0
        self._waiting: dict[tuple[ChannelKey, str | None], _Waiting] = {}
        self._work = asyncio.Event()

    def tell(self, key: ChannelKey, epoch: str, position: int, frame: SharedFrame) -> None:
        """A message that stands in the log. When too many wait it is left out: the others find it there."""
        if self._count < MOST_WAITING:
            self._put(key, epoch, position, frame)

    def send(self, key: ChannelKey, frame: SharedFrame) -> asyncio.Future[None]:
        """A message that stands nowhere. Done when the bus has it. Unavailable: it has not, or too many wait."""
        sent = asyncio.get_running_loop().create_future()
        if self._count < MOST_WAITING:
            self._put(key, None, 0, frame).sent.append(sent)
        else:
            sent.set_exception(Unavailable("Too much waits to be published."))
        return sent

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            await self.flush()

    async def flush(self) -> None:
        """Send what waits, what waits for one channel together."""
        waiting, self._waiting, self._count = self._waiting, {}, 0
        try:
            await asyncio.gather(*(self._publish(key, what) for (key, _), what in waiting.items()))
        finally:
            _give_up(future for what in waiting.values() for future in what.sent)

    def _put(self, key: ChannelKey, epoch: str | None, position: int, frame: SharedFrame) -> _Waiting:
        waiting = self._waiting.setdefault((key, epoch), _Waiting(epoch))
        waiting.entries.append((position, str(frame.payload)))
        self._count += 1
        self._work.set()
        return waiting

    async def _publish(self, key: ChannelKey, waiting: _Waiting) -> None:
        self._number += 1
        relayed = Relayed(self.source, self._number, waiting.epoch, waiting.entries)
        with suppress(Unavailable):
            await self._bus.publish(topic_of(key), msgspec.json.encode(relayed))
            for future in waiting.sent:
                if not future.done():
                    future.set_result(None)


def _give_up(futures: Iterable[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(Unavailable("The message bus cannot be reached; nobody got the message."))


class Listening:
    """A topic of the bus, listened to over every outage."""

    def __init__(self, bus: Bus, topic: str) -> None:
        self._bus = bus
        self._topic = topic
        self.tried = asyncio.Event()
        """Set once it listens, or cannot for now."""

    async def __aiter__(self) -> AsyncIterator[bytes | None]:
        """The messages; None wherever some may be missing, beginning with the first that is heard."""
        while True:
            with suppress(Unavailable):
                async with self._bus.subscribe([self._topic], max_pending=MOST_PENDING) as messages:
                    self.tried.set()
                    yield None
                    async for message in messages:
                        yield message.data if isinstance(message, BusMessage) else None
            self.tried.set()
            yield None
            await asyncio.sleep(RETRY_S)
