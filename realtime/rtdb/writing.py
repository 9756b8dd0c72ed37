"""What waits to be done in one room, in the order of asking: transactions that meet here share a commit."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from domain.access import Actor
from domain.errors import DomainError, Unavailable
from domain.ports import Ports
from domain.trees.changes import Commit
from domain.trees.transact import Outcome, Transaction, transact_all

T = TypeVar("T")
GROUP = 256
NOTE_EVERY_S = 60.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Submission:
    """on_done: told what became of it, right after the commit; None: it failed, through no fault of the asker's."""

    transaction: Transaction
    actor: Actor
    on_done: Callable[[Outcome | None], None]


Job = Callable[[], Awaitable[None]]


class Waiting:
    """Submissions and jobs. A turn takes all transactions that wait at the head, or one job."""

    def __init__(self, ports: Ports, file_id: UUID, committed: Callable[[list[Commit]], Awaitable[None]]) -> None:
        self._ports = ports
        self._file_id = file_id
        self._committed = committed
        self._queue: deque[Submission | Job] = deque()
        self._noted: dict[Any, float] = {}
        self._is_closed = False
        self.arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._queue)

    def close(self) -> None:
        """Nobody takes turns any more."""
        self._is_closed = True

    def submit(self, submission: Submission) -> None:
        """Unavailable: the room is closed."""
        self._put(submission)

    async def do(self, work: Callable[[], Awaitable[T]]) -> T:
        """Carry it out in its turn; what it raises is raised here. Unavailable: the room is closed."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def job() -> None:
            try:
                result = await work()
            except Exception as error:  # noqa: BLE001  whoever asked is told, and the room goes on
                if not done.done():
                    done.set_exception(error)
                return
            if not done.done():
                done.set_result(result)

        self._put(job)
        return await done

    def _put(self, one: Submission | Job) -> None:
        if self._is_closed:
            raise Unavailable("This server is stopping.")
        self._queue.append(one)
        self.arrived.set()

    async def turn(self) -> None:
        """The next of what waits."""
        first = self._queue[0]
        if not isinstance(first, Submission):
            self._queue.popleft()
            await first()
            return
        group: list[Submission] = []
        while self._queue and len(group) < GROUP:
            following = self._queue[0]
            if not isinstance(following, Submission):
                break
            group.append(following)
            self._queue.popleft()
        await self._commit(group)

    async def _commit(self, group: list[Submission]) -> None:
        """Together; if the commit fails, none of them happened."""
        writers = self._due(group)
        try:
            outcomes, commits = await transact_all(
                self._ports, self._file_id, [one.transaction for one in group], list(writers.values())
            )
        except DomainError as error:
            outcomes, commits = [Outcome(error=error)] * len(group), []
        except Exception:
            log.exception("a commit of a realtime database failed")
            for one in group:
                one.on_done(None)
            return
        if commits:
            now = asyncio.get_running_loop().time()
            self._noted |= dict.fromkeys(writers, now)
        for one, outcome in zip(group, outcomes, strict=True):
            one.on_done(outcome)
        await self._committed(commits)

    def _due(self, group: list[Submission]) -> dict[Any, Actor]:
        """Those whose work the file does not tell of yet, or not lately."""
        now = asyncio.get_running_loop().time()
        self._noted = {key: at for key, at in self._noted.items() if now - at < NOTE_EVERY_S}
        writers = {one.actor.user_id: one.actor for one in group}
        return {key: actor for key, actor in writers.items() if key not in self._noted}
