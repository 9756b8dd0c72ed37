"""One socket's session: its requests one after the other, each answered once. Transactions do not wait for each other:
those that were sent together are committed together, and answered in their order."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from domain.access import Actor
from domain.errors import DomainError, Forbidden, InvalidInput, Unavailable
from domain.files.naming import is_companion_id
from domain.models.file import AccessLevel
from domain.trees.author import Author
from domain.trees.locks import HARD, SOFT
from domain.trees.paths import named_path
from domain.trees.query import get, query
from domain.trees.transact import Outcome, Transaction
from realtime.close_codes import CloseCode
from realtime.file_entrance import FileEntrance
from realtime.frames import Frame
from realtime.pace import Pace
from realtime.rtdb.asked import operations_of, query_of, select_of, text_of, watched_of
from realtime.rtdb.presence import PACE
from realtime.rtdb.protocol import Request, answer, event_frame, failure, parse, refusal
from realtime.rtdb.room import Room
from realtime.rtdb.shapes import Subscription
from realtime.rtdb.writing import Submission

MOST_WAITING = 4096
LONGEST_WAITING = 64 << 20
"""Requests, and characters in them, that one connection may have waiting."""
MOST_SUBSCRIPTIONS = 500
COMMENTS = ("t/", "c/")
log = logging.getLogger(__name__)


class Session:
    """owner: whose locks its locks are. with_presence: it asked to be told who is there."""

    def __init__(
        self, entrance: FileEntrance, room: Room, connection_id: str, owner: str, *, with_presence: bool
    ) -> None:
        self._entrance = entrance
        self._connection = entrance.connection
        self._room = room
        self._connection_id = connection_id
        self._owner = owner
        self._with_presence = with_presence
        self._pace = Pace(PACE)
        self._subscriptions: dict[str, Subscription] = {}
        self._requests: deque[Request] = deque()
        self._arrived = asyncio.Event()
        self._unanswered = 0
        self._waiting_length = 0
        self._answered = asyncio.Event()
        self._has_locked = False
        self._must_release = False
        self._is_over = False
        entrance.on_level = self._rights_changed
        self._kinds: dict[str, Callable[[Request], Awaitable[None]]] = {
            "ping": self._ping,
            "query": self._query,
            "get": self._get,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "transaction": self._transaction,
            "createIndex": self._create_index,
            "lock": self._lock,
            "unlock": self._unlock,
            "presence": self._presence,
        }

    def receive(self, frame: Frame) -> None:
        """A message; what cannot be answered is ignored."""
        request = parse(frame)
        if request is None:
            return
        self._waiting_length += request.length
        if len(self._requests) >= MOST_WAITING or self._waiting_length > LONGEST_WAITING:
            self._connection.close(CloseCode.TOO_SLOW, "Too many requests wait to be answered.")
            return
        self._requests.append(request)
        self._arrived.set()

    async def run(self) -> None:
        """Answer requests in order, until stop()."""
        while not self._is_over:
            await self._arrived.wait()
            self._arrived.clear()
            while self._requests and not self._is_over:
                await self._serve(self._requests.popleft())
            if self._must_release:
                self._must_release = False
                await self._room.release(self._connection_id)

    def stop(self) -> None:
        """The peer is gone: finish what is being done, begin nothing more."""
        self._is_over = True
        self._arrived.set()

    async def end(self) -> None:
        """Leave nothing behind: subscriptions, presence, locks."""
        for subscription in self._subscriptions.values():
            self._room.unsubscribe(subscription)
        self._subscriptions.clear()
        self._room.presence.leave(self._connection_id)
        if self._has_locked:
            with suppress(Unavailable):  # then they end by themselves
                await self._room.release(self._connection_id)

    async def _serve(self, request: Request) -> None:
        serve = self._kinds.get(request.kind)
        try:
            if serve is None:
                raise InvalidInput("There is no such command.")
            if request.kind != "transaction":
                await self._all_answered()
            await serve(request)
        except DomainError as error:
            self._answer(request, refusal(request.id, error))
        except Exception:
            log.exception("a request to a realtime database failed")
            self._answer(request, failure(request.id))
        else:
            self._waiting_length -= 0 if request.kind == "transaction" else request.length

    def _answer(self, request: Request, text: str) -> None:
        self._waiting_length -= request.length
        self._connection.post(text)

    async def _all_answered(self) -> None:
        """What comes after a transaction sees it."""
        while self._unanswered:
            self._answered.clear()
            await self._answered.wait()

    async def _ping(self, request: Request) -> None:
        self._connection.post(answer(request))

    async def _query(self, request: Request) -> None:
        found = await query(self._room.file_id, query_of(request.fields))
        await self._connection.send(answer(request, data=found))

    async def _get(self, request: Request) -> None:
        path = named_path(request.fields.get("path"))
        found = await get(self._room.file_id, path, select_of(request.fields))
        await self._connection.send(answer(request, data=found))

    async def _subscribe(self, request: Request) -> None:
        if len(self._subscriptions) >= MOST_SUBSCRIPTIONS:
            raise InvalidInput(f"A connection has at most {MOST_SUBSCRIPTIONS} subscriptions.")

        def say(subscription: Subscription, events: list[bytes]) -> None:
            self._connection.post(answer(request, subscriptionId=subscription.id))
            for event in events:
                self._connection.post(event_frame(subscription.id, event))

        subscription = await self._room.subscribe(watched_of(request.fields), self._connection_id, say)
        self._subscriptions[subscription.id] = subscription

    async def _unsubscribe(self, request: Request) -> None:
        subscription = self._subscriptions.pop(text_of(request.fields, "subscriptionId"), None)
        if subscription is not None:
            self._room.unsubscribe(subscription)
        self._connection.post(answer(request))

    async def _transaction(self, request: Request) -> None:
        transaction = Transaction(self._author(), operations_of(request.fields))

        def on_done(outcome: Outcome | None) -> None:
            self._unanswered -= 1
            self._answered.set()
            self._answer(request, _result(request, outcome))

        self._room.submit(Submission(transaction, self._actor, on_done))
        self._unanswered += 1

    async def _create_index(self, request: Request) -> None:
        author, path = self._author(), named_path(request.fields.get("path"))
        author.check(f"{path}/")
        await self._room.create_index(path, text_of(request.fields, "field"))
        self._connection.post(answer(request))

    async def _lock(self, request: Request) -> None:
        author, path, mode = self._author(), named_path(request.fields.get("path")), request.fields.get("mode")
        if mode not in (SOFT, HARD):
            raise InvalidInput("mode is soft or hard.", field="mode")
        author.check(path)
        self._has_locked = True
        locking = await self._room.lock(author, path, hard=mode == HARD)
        if locking.holder is None:
            self._connection.post(answer(request, locked=True))
        else:
            self._connection.post(answer(request, locked=False, holder=locking.holder, mode=locking.mode))

    async def _unlock(self, request: Request) -> None:
        await self._room.unlock(self._author(), named_path(request.fields.get("path")))
        self._connection.post(answer(request))

    async def _presence(self, request: Request) -> None:
        state = request.fields.get("state")
        if not self._with_presence:
            raise InvalidInput("Presence was not asked for when connecting.")
        if state is not None and not isinstance(state, dict):
            raise InvalidInput("state is an object or null.", field="state")
        if state is not None and self._pace.take(asyncio.get_running_loop().time()) > 0:
            self._connection.post(answer(request, throttled=True))
            return
        self._room.presence.show(self._connection_id, state)
        self._connection.post(answer(request))

    @property
    def _actor(self) -> Actor:
        return self._entrance.actor

    def _author(self) -> Author:
        """Forbidden: this connection only reads."""
        beginnings = self._beginnings()
        if beginnings == ():
            raise Forbidden("This connection may only read.")
        return Author(self._owner, self._connection_id, beginnings)

    def _beginnings(self) -> tuple[str, ...] | None:
        """Where alone it may write: (): nowhere, None: everywhere. Who may comment writes comments beside a file."""
        if self._entrance.may_write:
            return None
        comments = self._entrance.level is AccessLevel.COMMENT and is_companion_id(self._entrance.file.public_id)
        return COMMENTS if comments else ()

    def _rights_changed(self, level: AccessLevel) -> None:
        """Who may not write any more holds no locks either."""
        if self._has_locked and self._beginnings() is not None:
            self._must_release = True
            self._arrived.set()


def _result(request: Request, outcome: Outcome | None) -> str:
    if outcome is None:
        return failure(request.id)
    if outcome.error is not None:
        return refusal(request.id, outcome.error)
    return answer(request, results=[{"ref": one.ref, "id": one.id} for one in outcome.done])
