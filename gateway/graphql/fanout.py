"""One execution for all sockets that watch the same with the same rights: each event is executed and encoded once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterable
from contextlib import aclosing

from domain.jobs.delivery import FeedOverflow
from gateway.graphql import messages
from gateway.graphql.answer import Answer, refusal
from gateway.graphql.audience import Audience
from gateway.graphql.errors import fault_of
from gateway.graphql.member import Member, Payload

log = logging.getLogger(__name__)
Source = Callable[[Audience], Awaitable[AsyncGenerator[Answer, None] | Answer]]
"""Starts the execution for an audience."""


class Fanout:
    """One per process."""

    def __init__(self) -> None:
        self._groups: dict[Hashable, Group] = {}
        self._running: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many executions are kept up."""
        return len(self._groups)

    def join(self, key: Hashable, source: Source, request_id: str, member: Member) -> None:
        """Take part in the execution of that key; the first to come starts it, in their own context."""
        group = self._groups.get(key)
        if group is None or group.is_over:
            group = self._groups[key] = Group(source, request_id)
            task = group.task = asyncio.create_task(group.run(), name="shared subscription")
            self._running.add(task)
            task.add_done_callback(lambda ended: self._ended(key, group, ended))
        group.audience.join(member)

    async def close(self) -> None:
        """End every execution (shutdown)."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, key: Hashable, group: Group, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if self._groups.get(key) is group:
            del self._groups[key]
        if task.cancelled():
            return
        if (exc := task.exception()) is not None:
            group.fail(exc)
        for member in group.audience.newcomers:
            # They came while it ended, and have seen nothing of it.
            group.audience.drop(member)
            self.join(key, group.source, group.request_id, member)


class Group:
    """One execution and its audience. request_id: what its errors are logged under."""

    def __init__(self, source: Source, request_id: str) -> None:
        self.source = source
        self.request_id = request_id
        self.is_over = False
        self.audience = Audience(on_refused=self._refuse, on_empty=self._stop)
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until the stream ends or nobody listens any more."""
        stream = await self.source(self.audience)
        if isinstance(stream, Answer):
            self._end_all(stream)
            return
        async with aclosing(stream):
            async for answer in stream:
                if answer.executed:
                    self._deliver(answer)
                else:
                    self._end_all(answer)
                # A burst of results must not keep the sockets from being read.
                await asyncio.sleep(0)
        self.is_over = True
        for member in self.audience.admitted:
            self._end(member, messages.written("complete", id=member.operation_id))

    def fail(self, exc: BaseException) -> None:
        """A fault of ours: everybody is told so, and nothing more of it."""
        log.error("a shared subscription failed unexpectedly", exc_info=exc)
        self._end_all(refusal([fault_of(exc)], self.request_id))

    def _deliver(self, answer: Answer) -> None:
        payload, key = Payload(answer.payload), self.audience.key
        for member in self.audience.addressed():
            if not member.give(key, payload):
                self._end_with(member, self._too_slow())

    def _too_slow(self) -> Answer:
        error = FeedOverflow("Too many events waited to be read; resume from the last cursor.")
        return refusal([fault_of(error)], self.request_id)

    def _refuse(self, members: Iterable[Member], error: BaseException) -> None:
        answer = refusal([fault_of(error)], self.request_id)
        for member in members:
            self._end_with(member, answer)

    def _end_all(self, answer: Answer) -> None:
        self.is_over = True
        for member in (*self.audience.admitted, *self.audience.newcomers):
            self._end_with(member, answer)

    def _end_with(self, member: Member, answer: Answer) -> None:
        """Errors are a message of their own for whom nothing has begun yet, else a last result."""
        named = member.operation_id
        if member.has_begun:
            last = messages.written("next", id=named, payload=answer.payload)
            self._end(member, last, messages.written("complete", id=named))
        else:
            self._end(member, messages.written("error", id=named, payload=answer.errors))

    def _end(self, member: Member, *last: str) -> None:
        self.audience.drop(member)
        member.end(*last)

    def _stop(self) -> None:
        """Nobody listens any more."""
        self.is_over = True
        if self.task is not None:
            self.task.cancel()
