"""One client of the bus: its commands one after the other, its subscriptions, and what it still waits for."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Coroutine
from typing import Any

import structlog

from domain.channels.log import Place
from domain.channels.push import Push
from domain.channels.push import push as push_to_people
from domain.errors import DomainError, Unavailable
from domain.models.faults import DATABASE_FAULTS
from domain.models.user import User
from realtime.bus import commands
from realtime.bus.protocol import Request, ack, place_out, push, read, refusal
from realtime.bus.publishing import Published
from realtime.bus.room import Room
from realtime.bus.rooms import ChannelHub
from realtime.close_codes import CloseCode
from realtime.entrance import Entrance
from realtime.frames import Frame

log = structlog.get_logger(__name__)

MOST_WAITING = 1024
MOST_IN_FLIGHT = 256
WHY = {
    "FORBIDDEN": "You may not listen there any longer.",
    "CONFLICT": "The channel has become another one; subscribe again.",
}


class Session:
    """connection_id: what others see of it."""

    def __init__(self, entrance: Entrance, hub: ChannelHub) -> None:
        self.connection = entrance.connection
        self.actor = entrance.actor
        self.tenant_id = entrance.tenant_id
        self.connection_id = secrets.token_hex(8)
        self.hub = hub
        self.rooms: dict[str, Room] = {}
        self._name: str | None = None
        self._waiting: deque[Request] | None = None
        self._working: asyncio.Task[None] | None = None
        self._in_flight: set[Published] = set()
        self._landed: asyncio.Event | None = None
        self._late: set[asyncio.Task[object]] = set()

    async def run(self) -> None:
        """Until either side ends it."""
        self.hub.attendance.join(self)
        try:
            await self.connection.run(self._receive)
        finally:
            self.hub.attendance.leave(self)
            tasks: list[asyncio.Task[Any]] = [task for task in (self._working, *self._late) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for name in tuple(self.rooms):
                self.leave(name)

    async def name(self) -> str | None:
        """How the person is known to others."""
        if self._name is None and self.actor.user_id is not None:
            user = None if self.actor.id_tag else await User.get_or_none(id=self.actor.user_id)
            self._name = self.actor.id_tag or (user.username if user else None)
        return self._name

    def leave(self, name: str) -> None:
        """Listen to a channel no longer."""
        room = self.rooms.pop(name, None)
        if room is not None:
            self.hub.leave(room, self.connection_id)

    def lose_channel(self, name: str, code: str) -> None:
        self.leave(name)
        self.connection.post(push("unsubscribed", {"channel": name, "code": code, "message": WHY[code]}))

    async def answer_later(self, request_id: str, published: Published) -> None:
        """Answer when it is acknowledged; waits while too many are under way."""
        while len(self._in_flight) >= MOST_IN_FLIGHT:
            self._landed = asyncio.Event()
            await self._landed.wait()
        self._in_flight.add(published)
        published.add_done_callback(lambda done: self._answer_published(request_id, done))

    def push_soon(self, said: Push) -> None:
        """Say it to the person's other connections, wherever they are."""
        self._later(push_to_people(self.hub.ports.bus, said))

    def _receive(self, frame: Frame) -> None:
        request = read(frame)
        if request is None:
            return
        if request.cmd == "ping" and self._waiting is None:
            self._reply_soon(ack(request.id, status="pong"))
        elif self._waiting is None:
            self._waiting = deque((request,))
            self._working = asyncio.create_task(self._work(self._waiting))
            self._working.add_done_callback(self._worked)
        elif len(self._waiting) >= MOST_WAITING:
            self.connection.close(CloseCode.TOO_SLOW, "Too many commands wait for their turn.")
        else:
            self._waiting.append(request)

    async def _work(self, waiting: deque[Request]) -> None:
        """One after the other; an idle session keeps nothing of this."""
        while waiting:
            await self._do(waiting.popleft())
        self._waiting = self._working = None

    def _worked(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("a command of the bus failed unexpectedly", exc_info=fault)
            self.connection.close(CloseCode.INTERNAL, "Internal error")

    async def _do(self, request: Request) -> None:
        try:
            answer = await commands.carry_out(self, request)
        except DomainError as error:
            await self._reply(refusal(request.id, error))
        except DATABASE_FAULTS as error:
            log.warning("a command of the bus failed", command=request.cmd, exc_info=error)
            await self._reply(refusal(request.id, Unavailable("The database does not answer.")))
        else:
            if answer is not None:
                await self._reply(ack(request.id, **answer.data))
                answer.afterwards()

    async def _reply(self, text: str) -> None:
        """At once; waits while the peer is slow."""
        if not self.connection.offer(text):
            await self.connection.send(text)

    def _reply_soon(self, text: str) -> None:
        if not self.connection.offer(text):
            self._later(self.connection.send(text))

    def _later(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _answer_published(self, request_id: str, published: Published) -> None:
        self._in_flight.discard(published)
        if self._landed is not None:
            self._landed.set()
        fault = published.exception()
        if isinstance(fault, DomainError):
            self._reply_soon(refusal(request_id, fault))
        elif fault is None:
            self._reply_soon(ack(request_id, **_published(published.result())))


def _published(place: Place | None) -> dict[str, Any]:
    """Where nothing is remembered, a message comes at most once."""
    return {"history": False} if place is None else {"history": True, **place_out(place)}
