"""One list of who is present, over all replicas: each tells its own members on the bus and listens to the others.

Heartbeats carry the count of changes. A replica that is not heard of for a while is gone, and its members with it; one
that comes new asks and is told. While the bus is away everybody keeps their own members, and afterwards it heals.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import msgspec

from domain.errors import Unavailable
from domain.ports.bus import Bus, BusMessage
from realtime.presence_view import Change, ChangeKind, Others

__all__ = ["Change", "ChangeKind", "Roster"]

BEAT_S = 5.0
LOST_AFTER_S = 15.0
RETRY_S = 1.0
FAREWELL_S = 1.0


class _Told(msgspec.Struct, omit_defaults=True):
    """What replicas say to each other. count: of all changes the source has made by now."""

    source: str
    count: int
    changes: list[tuple[ChangeKind, str, Any]] = []
    all: dict[str, Any] | None = None
    ask: bool = False
    gone: bool = False


def _nobody_cares(change: Change) -> None:
    return


class Roster:
    """Members of one topic, by ids that are unique over all replicas (a connection's id). info: any JSON value.

    on_change: told of every change, one's own as well as others', in order; must not wait. `async with roster:` is
    when it speaks and listens; what is joined before that is told then. Methods never wait for the bus.
    """

    def __init__(
        self,
        bus: Bus,
        topic: str,
        replica_name: str,
        *,
        on_change: Callable[[Change], None] = _nobody_cares,
        beat_s: float = BEAT_S,
        lost_after_s: float = LOST_AFTER_S,
    ) -> None:
        self._bus = bus
        self._topic = topic
        self._source = f"{replica_name}/{secrets.token_hex(4)}"
        self._on_change = on_change
        self._beat_s = beat_s
        self._lost_after_s = lost_after_s
        self._own: dict[str, Any] = {}
        self._others = Others()
        self._count = 0
        self._untold: list[Change] = []
        self._told_all_due = False
        self._asking = False
        self._work = asyncio.Event()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Roster:
        tasks = [asyncio.create_task(run(), name=f"roster {self._topic}") for run in (self._listen, self._speak)]
        self._stack.push_async_callback(_end, tasks)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._stack.aclose()
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self._tell(gone=True)

    def join(self, member_id: str, info: Any) -> None:
        """Present from now on (again: as update)."""
        kind = ChangeKind.UPDATE if member_id in self._own else ChangeKind.JOIN
        self._own[member_id] = info
        self._changed(Change(kind, member_id, info))

    def update(self, member_id: str, info: Any) -> None:
        """Tell something new of a member; of one who is not there, nothing."""
        if member_id in self._own:
            self.join(member_id, info)

    def leave(self, member_id: str) -> None:
        if member_id in self._own:
            self._changed(Change(ChangeKind.LEAVE, member_id, self._own.pop(member_id)))

    def members(self) -> dict[str, Any]:
        """Member id → info, of all replicas that are heard of."""
        return self._others.members() | self._own

    def _changed(self, change: Change) -> None:
        self._count += 1
        self._untold.append(change)
        self._work.set()
        self._on_change(change)

    async def _speak(self) -> None:
        """Tell changes as they come, answer questions, and beat."""
        loop = asyncio.get_running_loop()
        next_beat = loop.time()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(next_beat):
                    await self._work.wait()
            self._work.clear()
            with suppress(Unavailable):
                await self._tell_what_waits()
                if loop.time() >= next_beat and self._own:
                    await self._tell()
            if loop.time() >= next_beat:
                next_beat = loop.time() + self._beat_s
                self._report(self._others.forget_silent(loop.time() - self._lost_after_s))

    async def _tell_what_waits(self) -> None:
        """A message that is lost shows in the next one's count, and whoever missed it asks."""
        changes, self._untold = self._untold, []
        if self._told_all_due:
            self._told_all_due = False
            await self._tell(all=self._own)
        elif changes:
            await self._tell(changes=[(change.kind, change.member_id, change.info) for change in changes])
        if self._asking:
            self._asking = False
            await self._tell(ask=True)

    async def _tell(self, **said: Any) -> None:
        await self._bus.publish(self._topic, msgspec.json.encode(_Told(self._source, self._count, **said)))

    async def _listen(self) -> None:
        while True:
            with suppress(Unavailable):
                async with self._bus.subscribe([self._topic]) as messages:
                    self._ask()
                    async for message in messages:
                        if isinstance(message, BusMessage):
                            self._hear(message.data)
                        else:
                            self._ask()
            await asyncio.sleep(RETRY_S)

    def _ask(self) -> None:
        self._asking = True
        self._work.set()

    def _hear(self, data: bytes) -> None:
        try:
            told = msgspec.json.decode(data, type=_Told)
        except msgspec.DecodeError:
            return
        if told.source != self._source:
            self._take(told, asyncio.get_running_loop().time())

    def _take(self, told: _Told, now: float) -> None:
        if told.ask:
            self._told_all_due = self._count > 0
            self._work.set()
        elif told.gone:
            self._report(self._others.forget(told.source))
        elif told.all is not None:
            self._report(self._others.replace(told.source, told.count, told.all, now))
        else:
            news = self._others.take(told.source, told.count, [Change(*change) for change in told.changes], now)
            self._ask() if news is None else self._report(news)

    def _report(self, changes: list[Change]) -> None:
        for change in changes:
            self._on_change(change)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
