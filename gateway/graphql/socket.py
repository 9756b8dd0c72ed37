"""GraphQL over WebSocket: the graphql-transport-ws protocol, on a socket that is always read and never overfilled."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import aclosing
from functools import cache
from typing import Any

from starlette.websockets import WebSocket

from domain.access import Actor
from domain.errors import DomainError, QuotaExceeded
from gateway.graphql import messages
from gateway.graphql.answer import Answer, refusal
from gateway.graphql.caller import DOOR, caller_of_socket
from gateway.graphql.context import Context, House
from gateway.graphql.documents import Prepared
from gateway.graphql.engine import Engine
from gateway.graphql.engines import engine_for
from gateway.graphql.errors import domain_fault
from gateway.graphql.member import Member
from gateway.graphql.sharing import key_of, shared_caller
from realtime.close_codes import CloseCode, close_code_of
from realtime.connection import Connection, ConnectionLimits
from realtime.credentials import address_of
from realtime.frames import Frame
from realtime.settings import SocketSettings

log = logging.getLogger(__name__)


async def graphql_socket(websocket: WebSocket) -> None:
    """The WebSocket at /graphql."""
    websocket.scope["state"].update(door=DOOR, route=websocket.url.path)
    house: House = websocket.app.state.house
    offered = messages.PROTOCOL in websocket.scope["subprotocols"]
    await websocket.accept(messages.PROTOCOL if offered else None)
    if not offered:
        await websocket.close(CloseCode.SUBPROTOCOL, f"Speak {messages.PROTOCOL}.")
        return
    await _Session(websocket, house, engine_for(house.settings.graphql)).run()


class _Session:
    """One socket: who it is, and what it has running."""

    __slots__ = (
        "_acknowledged",
        "_caller",
        "_connection",
        "_engine",
        "_house",
        "_init_seen",
        "_operations",
        "_others",
        "_websocket",
    )

    def __init__(self, websocket: WebSocket, house: House, engine: Engine) -> None:
        self._websocket = websocket
        self._house = house
        self._engine = engine
        limits = _limits(engine.settings.max_body_bytes, house.settings.sockets)
        self._connection = Connection(websocket, limits, ping=self._ping, channel="graphql")
        self._operations: dict[str, asyncio.Task[None] | Member] = {}
        self._others: set[asyncio.Task[None]] = set()
        self._init_seen = False
        self._acknowledged = False
        self._caller: Actor | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        patience = loop.call_later(self._engine.settings.init_timeout_s, self._lose_patience)
        try:
            with self._house.sockets.holding(self._connection, address_of(self._websocket)):
                await self._connection.run(self._receive)
        finally:
            patience.cancel()
            for operation_id in tuple(self._operations):
                self._complete(operation_id)
            others = tuple(self._others)
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    def _receive(self, frame: Frame) -> None:
        """One message; long work goes to tasks, so that the socket is always read."""
        if not isinstance(frame, str):
            self._connection.close(CloseCode.BAD_REQUEST, "Messages are text.")
            return
        try:
            message = messages.read(frame)
        except ValueError as exc:
            self._connection.close(CloseCode.BAD_REQUEST, f"Invalid message: {exc}")
            return
        match message:
            case messages.Subscribe():
                self._subscribe(message)
            case messages.Complete():
                self._complete(message.id)
            case messages.Ping():
                self._answer_ping(message)
            case messages.ConnectionInit():
                self._initialise(message)

    def _initialise(self, message: messages.ConnectionInit) -> None:
        if self._init_seen:
            self._connection.close(CloseCode.RATE_LIMITED, "Too many initialisation requests")
            return
        self._init_seen = True
        self._start(self._acknowledge(message.payload or {}))

    async def _acknowledge(self, payload: dict[str, Any]) -> None:
        try:
            caller = await caller_of_socket(self._house, self._engine.settings, self._websocket, payload)
        except DomainError as error:
            code = close_code_of(error)
            code = CloseCode.FORBIDDEN if code is CloseCode.UNAUTHENTICATED else code
            self._connection.close(code, error.message)
            return
        if caller is not None:
            self._admit(caller)
        self._acknowledged = True
        await self._connection.send(messages.written("connection_ack"))

    def _admit(self, caller: Actor) -> None:
        self._caller = caller
        self._house.sockets.admit(self._connection, caller)
        if caller.expires_at is not None:
            self._connection.expire_in((caller.expires_at - self._house.ports.clock.now()).total_seconds())

    def _subscribe(self, message: messages.Subscribe) -> None:
        if not self._acknowledged:
            self._connection.close(CloseCode.UNAUTHENTICATED, "Unauthorized")
        elif message.id in self._operations:
            self._connection.close(CloseCode.CONFLICT, f"Subscriber for {message.id} already exists")
        elif len(self._operations) >= self._engine.settings.socket_operations:
            most = self._engine.settings.socket_operations
            error = QuotaExceeded(f"A socket may run {most} operations at a time.", limit=most)
            self._connection.post(
                self._error(message.id, refusal([domain_fault(error)], self._context(message.id).request_id))
            )
        else:
            task = asyncio.create_task(self._operate(message.id, message.payload))
            task.add_done_callback(self._ended)
            self._operations[message.id] = task

    def _complete(self, operation_id: str) -> None:
        running = self._operations.pop(operation_id, None)
        if isinstance(running, Member):
            running.leave()
        elif running is not None:
            running.cancel()
            self._others.add(running)
            running.add_done_callback(self._others.discard)

    def _answer_ping(self, message: messages.Ping) -> None:
        said = {} if message.payload is None else {"payload": message.payload}
        self._connection.post(messages.written("pong", **said))

    async def _operate(self, operation_id: str, wanted: messages.Operation) -> None:
        """Run one operation to its end and say so, unless the client has ended it. One that others watch as well goes
        on without this task."""
        context = self._context(operation_id)
        prepared = await self._engine.prepare(wanted.to_request(), context)
        if isinstance(prepared, Prepared) and self._share(operation_id, prepared, context):
            return
        last = await self._results(operation_id, prepared, context)
        self._operations.pop(operation_id, None)
        await self._connection.send(last)

    def _share(self, operation_id: str, prepared: Prepared, context: Context) -> bool:
        """Let one execution serve this socket and others, if that is possible."""
        sharing = self._engine.sharing(prepared) if prepared.is_subscription else None
        if sharing is None or context.caller is None:
            return False
        engine, caller = self._engine, shared_caller(context.caller, sharing)
        member = Member(self._connection, operation_id, self._forget)
        self._operations[operation_id] = member
        self._house.subscriptions.join(
            key_of(prepared, caller, sharing),
            lambda audience: engine.subscribe(prepared, context.shared(caller, audience)),
            context.request_id,
            member,
        )
        return True

    def _forget(self, operation_id: str) -> None:
        self._operations.pop(operation_id, None)

    async def _results(self, operation_id: str, prepared: Prepared | Answer, context: Context) -> str:
        """Send every result; the message to end with."""
        if isinstance(prepared, Answer):
            return self._error(operation_id, prepared)
        if not prepared.is_subscription:
            answer = await self._engine.execute(prepared, context)
            if not answer.executed:
                return self._error(operation_id, answer)
            await self._next(operation_id, answer)
            return messages.written("complete", id=operation_id)
        stream = await self._engine.subscribe(prepared, context)
        if isinstance(stream, Answer):
            return self._error(operation_id, stream)
        has_begun = False
        async with aclosing(stream):
            async for answer in stream:
                if not answer.executed and not has_begun:
                    return self._error(operation_id, answer)
                has_begun = True
                await self._next(operation_id, answer)
        return messages.written("complete", id=operation_id)

    async def _next(self, operation_id: str, answer: Answer) -> None:
        await self._connection.send(messages.written("next", id=operation_id, payload=answer.payload))

    def _error(self, operation_id: str, answer: Answer) -> str:
        return messages.written("error", id=operation_id, payload=answer.errors)

    def _context(self, operation_id: str) -> Context:
        return Context(
            house=self._house,
            ports=self._house.ports,
            caller=self._caller,
            request_id=f"{self._websocket.state.request_id}/{operation_id[:40]}",
            address=address_of(self._websocket),
            user_agent=self._websocket.headers.get("user-agent"),
        )

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (exc := task.exception()) is not None:
            log.error("an operation on a socket failed unexpectedly", exc_info=exc)
            self._connection.close(CloseCode.INTERNAL, "Internal error")

    def _ping(self) -> None:
        self._connection.post(messages.written("ping"))

    def _lose_patience(self) -> None:
        if not self._init_seen:
            self._connection.close(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout")

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._keep(asyncio.create_task(work))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._others.add(task)
        task.add_done_callback(self._others.discard)
        task.add_done_callback(self._ended)


@cache
def _limits(most: int, sockets: SocketSettings) -> ConnectionLimits:
    """One object for all sockets: there may be many."""
    return ConnectionLimits(most, most, stall_s=sockets.stall_s, close_s=sockets.close_s, rate=sockets.message_rate)
