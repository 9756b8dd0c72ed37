"""Read: documents of a collection by filter, order and aggregate, and single documents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from tortoise.transactions import in_transaction

from domain.errors import TooLarge
from domain.models.sql import connection, fetch, is_postgres
from domain.trees.aggregates import Aggregate, Groups
from domain.trees.documents import Data, SortKey, in_order, projected, shown
from domain.trees.filters import Filter, passes
from domain.trees.paths import split_path
from domain.trees.plan import Plan, Span, is_cut, plan_of
from domain.trees.reading import Candidate, candidates
from domain.trees.rows import Head, Reading, documents_at, head_of, indexes_of

ANSWER_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Query:
    """Filter, then aggregate or order, then offset and limit, then select. path: of a collection; order: by key where
    nothing else is said. An aggregate's groups take the place of the documents; sort names their fields then."""

    path: str
    filter: Filter = ()
    sort: tuple[SortKey, ...] = ()
    offset: int = 0
    limit: int | None = None
    select: tuple[str, ...] | None = None
    aggregate: Aggregate | None = None


async def query(file_id: UUID, asked: Query, reading: Reading | None = None) -> list[Data]:
    """Documents with their ids, or the groups of an aggregate. reading: told what it cost. TooLarge: over 64 MiB."""
    head = await head_of(file_id)
    return [] if head is None else await query_tree(head.number, asked, reading or Reading())


async def query_tree(number: int, asked: Query, reading: Reading) -> list[Data]:
    """The same, by the tree's number."""
    if asked.aggregate is not None:
        groups = await _grouped(number, asked, asked.aggregate, reading)
        return _cut_out(in_order(groups.entries(), asked.sort), asked)
    wanted = None if asked.limit is None else asked.offset + asked.limit
    found = await _matching(number, asked, asked.sort, wanted, reading)
    return [projected(document, asked.select) for document in _cut_out(in_order(found, asked.sort), asked)]


async def get(file_id: UUID, path: str, select: Sequence[str] | None = None) -> Data | None:
    """One document with its id; None when there is none."""
    head = await head_of(file_id)
    found = {} if head is None else await documents_at(head.number, [path])
    return projected(shown(split_path(path)[1], found[path]), select) if path in found else None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What there is after change number `seq`, and nothing of a later one. document: at the path itself.
    documents: those of the collection of that path that pass the filter, by key; groups in their place where an
    aggregate was asked for."""

    seq: int
    document: Data | None
    documents: list[Data]
    groups: Groups | None = None


async def snapshot(file_id: UUID, asked: Query) -> Snapshot:
    """All of one moment. Sort, limit and select are not looked at. TooLarge: more than 64 MiB."""
    async with one_moment():
        head = await head_of(file_id) or Head(0, 0)
        if asked.aggregate is not None:
            groups = await _grouped(head.number, asked, asked.aggregate, Reading())
            return Snapshot(head.last_change, None, [], groups)
        found = await documents_at(head.number, [asked.path]) if asked.path else {}
        documents = await _matching(head.number, asked, (), None, Reading())
    own = shown(split_path(asked.path)[1], found[asked.path]) if asked.path in found else None
    return Snapshot(head.last_change, own if own is not None and passes(own, asked.filter) else None, documents)


@asynccontextmanager
async def one_moment() -> AsyncIterator[None]:
    """Everything that is read inside is of one moment, whoever writes meanwhile."""
    async with in_transaction():
        if is_postgres(connection()):
            await fetch("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _cut_out(found: list[Data], asked: Query) -> list[Data]:
    return found[asked.offset :] if asked.limit is None else found[asked.offset : asked.offset + asked.limit]


async def _matching(
    number: int, asked: Query, sort: tuple[SortKey, ...], wanted: int | None, reading: Reading
) -> list[Data]:
    """What passes the filter, by key. wanted: the first so many in the order of sort are enough. TooLarge: 64 MiB."""
    if wanted == 0:
        return []
    indexes = await indexes_of(number, [asked.path])
    plan = plan_of(indexes, asked.filter, sort, limited=wanted is not None)
    goal = _Goal(wanted, plan, sort)
    async for portion in candidates(number, asked.path, plan, reading, wanted):
        for candidate in portion:
            if goal.is_reached_before(candidate):
                return goal.documents()
            if passes(candidate.document, asked.filter):
                goal.take(candidate)
                if goal.is_reached():
                    return goal.documents()
    return goal.documents()


async def _grouped(number: int, asked: Query, aggregate: Aggregate, reading: Reading) -> Groups:
    """Documents are looked at and let go, however many there are."""
    groups = Groups(aggregate)
    plan = plan_of(await indexes_of(number, [asked.path]), asked.filter, (), limited=False)
    async for portion in candidates(number, asked.path, plan, reading, None):
        for candidate in portion:
            if passes(candidate.document, asked.filter):
                groups.add(candidate.document)
    return groups


class _Goal:
    """When enough has been found: at once in the order of keys; in an index's order, where its last value ends, if
    others could come before it there; never when all of it must be sorted first."""

    def __init__(self, wanted: int | None, plan: Plan, sort: tuple[SortKey, ...]) -> None:
        self.found: list[Candidate] = []
        self._size_bytes = 0
        self._is_ordered = isinstance(plan, Span) and plan.descending is not None
        self._wanted = wanted if self._is_ordered or not sort else None
        self._ties_count = len(sort) > 1

    def take(self, candidate: Candidate) -> None:
        """TooLarge: more than anybody should be sent."""
        self.found.append(candidate)
        self._size_bytes += candidate.size_bytes
        if self._size_bytes > ANSWER_BYTES:
            raise TooLarge("This is too much at once; ask with a limit.", limit=ANSWER_BYTES)

    def is_reached(self) -> bool:
        """Nothing that comes after can matter."""
        if self._wanted is None or len(self.found) < self._wanted:
            return False
        return not self._is_ordered or not (self._ties_count or is_cut(self._last_value()))

    def is_reached_before(self, candidate: Candidate) -> bool:
        """Nothing from this one on can matter: it stands behind another value of the index."""
        if self._wanted is None or len(self.found) < self._wanted:
            return False
        return candidate.value != self._last_value()

    def documents(self) -> list[Data]:
        if self._is_ordered:
            self.found.sort(key=lambda candidate: candidate.key)
        return [candidate.document for candidate in self.found]

    def _last_value(self) -> bytes:
        return self.found[(self._wanted or 1) - 1].value
