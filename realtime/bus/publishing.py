"""How a message gets out: into the log and then to everybody, or straight to the bus where nothing is remembered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import partial

import msgspec

from domain.channels.log import ChannelKey, NewMessage, Place, open_log
from domain.channels.policy import ChannelPolicy
from domain.channels.writer import LogWriter, Written
from domain.errors import Unavailable
from domain.ports import Ports
from realtime.bus.channel_room import ChannelRoom, logged_frame
from realtime.bus.protocol import message
from realtime.bus.replicas import Relay
from realtime.frames import SharedFrame

LOGS_REMEMBERED = 10_000

Published = asyncio.Future[Place | None]
"""Where the message stands; None: it is on the bus, and kept nowhere."""


class Publishing:
    """source: of this process, unique over restarts. find_room: the open room of a channel."""

    def __init__(self, ports: Ports, source: str, find_room: Callable[[ChannelKey], ChannelRoom | None]) -> None:
        self._ports = ports
        self._find_room = find_room
        self._writer = LogWriter(ports)
        self._relay = Relay(ports.bus, source)
        self._known_logs: OrderedDict[ChannelKey, None] = OrderedDict()

    async def run(self) -> None:
        """Store and send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._writer.run())
            tasks.create_task(self._relay.run())

    async def close(self) -> None:
        """Store and send what waits; take no more."""
        await self._writer.close()
        await self._relay.flush()

    async def publish(
        self, key: ChannelKey, policy: ChannelPolicy, data: msgspec.Raw, publisher: str | None
    ) -> Published:
        """Begin; what is begun earlier comes earlier. Done when it is acknowledged.

        QuotaExceeded: the tenant has too many channels that remember. Unavailable: nobody gets it.
        """
        done: Published = asyncio.get_running_loop().create_future()
        if policy.has_history:
            await self._know_log(key)
            written = self._writer.write(NewMessage(key, bytes(data).decode(), publisher))
            written.add_done_callback(partial(self._stored, key, done))
        else:
            frame = SharedFrame(message(key.name, data, self._ports.clock.now(), publisher))
            self._relay.send(key, frame).add_done_callback(partial(_sent, done))
        return done

    async def _know_log(self, key: ChannelKey) -> None:
        """Whoever cannot have one is refused before others wait for the same transaction."""
        if key not in self._known_logs:
            await open_log(self._ports, key)
            self._known_logs[key] = None
            if len(self._known_logs) > LOGS_REMEMBERED:
                self._known_logs.popitem(last=False)

    def _stored(self, key: ChannelKey, done: Published, written: asyncio.Future[Written]) -> None:
        """Here at once, to the others by the bus; one that is missed there stands in the log."""
        if _failed(done, written):
            return
        epoch, logged = written.result()
        frame = logged_frame(key.name, epoch, logged)
        room = self._find_room(key)
        if room is not None:
            room.hear(epoch, logged.position, frame)
        self._relay.tell(key, epoch, logged.position, frame)
        if not done.done():
            done.set_result(Place(epoch, logged.position))


def _sent(done: Published, sent: asyncio.Future[None]) -> None:
    if not _failed(done, sent) and not done.done():
        done.set_result(None)


def _failed(done: Published, future: asyncio.Future[Written] | asyncio.Future[None]) -> bool:
    fault = Unavailable("This server is stopping.") if future.cancelled() else future.exception()
    if fault is not None and not done.done():
        done.set_exception(fault)
    return fault is not None
