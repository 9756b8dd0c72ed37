"""Streams of a state: what is true now, then every change of it; of two versions only the newer counts.

The feed is subscribed before the state is read, and what the feed brings is left out unless it is newer than what was
shown; so nothing falls in between. Newcomers of a shared stream get the state read anew for them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from domain.errors import DomainError
from domain.jobs.delivery import Subscriber
from domain.models.faults import DATABASE_FAULTS
from gateway.graphql.audience import Audience


class Versioned(Protocol):
    """A row that says which version of itself it is."""

    id: Any
    revision: Any


V = TypeVar("V", bound=Versioned)


def always(_: object) -> bool:
    return True


def never(_: object) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Watch(Generic[V]):
    """read: what is true now; an error refuses who comes. of: an event's payload as a row. wanted: whether a row is one
    of those asked for; one that ceases to be comes once more. is_last: the stream ends after it.

    names: of the events that say what is true now; empty: all. rereads: of those after which it has to be read anew,
    with the rights looked at again; an error then ends the stream for all. ends: of those that are the end.
    """

    read: Callable[[], Awaitable[Sequence[V]]]
    of: Callable[[Mapping[str, Any]], V]
    wanted: Callable[[V], bool] = always
    is_last: Callable[[V], bool] = never
    names: frozenset[str] = frozenset()
    rereads: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()


async def states(audience: Audience, changes: Subscriber, watch: Watch[V]) -> AsyncGenerator[V, None]:
    """changes: subscribed with latest_per_topic."""
    board = _Board(audience, watch)
    audience.watch_door(changes.nudge)
    while True:
        if audience.has_newcomers:
            for row in await board.welcome():
                yield row
                if watch.is_last(row):
                    return
            continue
        change = changes.take()
        if change is None:
            await changes.wait()
            continue
        if change.name in watch.ends:
            return
        if change.name in watch.rereads:
            for row in board.anew(await watch.read()):
                yield row
            continue
        if watch.names and change.name not in watch.names:
            continue
        row = watch.of(change.payload)
        if board.is_news(row):
            yield row
        if watch.is_last(row):
            return


class _Board(Generic[V]):
    """What was shown, in which version."""

    def __init__(self, audience: Audience, watch: Watch[V]) -> None:
        self._audience = audience
        self._watch = watch
        self._shown: dict[UUID, int] = {}
        self._gone: dict[UUID, int] = {}
        """What had ceased to be wanted by an admission: those admitted then or later have never seen it."""

    async def welcome(self) -> Iterator[V]:
        """The present state for those who came; what is news to the others, too, is for all."""
        admission = self._audience.admit()
        try:
            present = await self._watch.read()
        except (DomainError, *DATABASE_FAULTS) as error:
            self._audience.refuse(admission, error)
            return iter(())
        for row_id in self._shown.keys() - {row.id for row in present}:
            self._gone.setdefault(row_id, admission)
        return self._present(present, admission)

    def anew(self, present: Sequence[V]) -> Iterator[V]:
        """For all, though it may be the version that they have: what the rights show of it has changed."""
        for row in present:
            if row.revision >= self._shown.get(row.id, -1):
                self._shown[row.id] = row.revision
                self._audience.address(str(row.id))
                yield row

    def is_news(self, row: V) -> bool:
        """Whether to show it, and then to whom."""
        last = self._shown.get(row.id)
        if last is not None and row.revision <= last:
            return False
        if self._watch.wanted(row):
            self._gone.pop(row.id, None)
            self._shown[row.id] = row.revision
            self._audience.address(str(row.id))
            return True
        self._audience.address(str(row.id), before=self._gone.pop(row.id, None))
        return self._shown.pop(row.id, None) is not None

    def _present(self, present: Sequence[V], admission: int) -> Iterator[V]:
        for row in present:
            is_news = row.revision > self._shown.get(row.id, -1)
            self._shown[row.id] = max(row.revision, self._shown.get(row.id, -1))
            self._gone.pop(row.id, None)
            self._audience.address(str(row.id), since=None if is_news else admission)
            yield row
