"""Change documents: several operations that all happen, or none; several transactions in one commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.access import Actor
from domain.errors import DomainError, InvalidInput
from domain.ports import Ports
from domain.trees.author import Author
from domain.trees.changes import Change, Commit
from domain.trees.computed import called, check_query, counted, mark_of, operated
from domain.trees.documents import Data, check_mapping, shown, updated, value_at
from domain.trees.draft import Attempt, Draft
from domain.trees.live import tell_changed
from domain.trees.locks import HardLocks, row_lock
from domain.trees.log import record_all
from domain.trees.paths import clean_path, join_path, named_path, new_key, resolved, split_path
from domain.trees.rows import locked_head
from domain.trees.touch import note_writers
from domain.unit import unit_of_work

KINDS = frozenset({"create", "update", "replace", "delete"})


@dataclass(frozen=True, slots=True)
class Operation:
    """kind: create (path: of the collection), update, replace or delete (path: of the document). ref: a name by which
    later paths may refer to what a create made."""

    kind: str
    path: str
    data: Data | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """id: of what a create made. ref: as it was sent with it."""

    ref: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    author: Author
    operations: Sequence[Operation]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one transaction: what each operation did, or why nothing happened."""

    done: Sequence[Done] = ()
    error: DomainError | None = None


async def transact(ports: Ports, file_id: UUID, author: Author, operations: Sequence[Operation]) -> list[Done]:
    """All operations or none. InvalidInput, Locked, Forbidden, TooLarge: why none."""
    outcomes, commits = await transact_all(ports, file_id, [Transaction(author, operations)])
    if outcomes[0].error is not None:
        raise outcomes[0].error
    if commits:
        await tell_changed(ports, file_id)
    return list(outcomes[0].done)


async def transact_all(
    ports: Ports, file_id: UUID, transactions: Sequence[Transaction], writers: Collection[Actor] = ()
) -> tuple[list[Outcome], list[Commit]]:
    """Each transaction in turn, seeing those before it, and one commit for them all; one that fails changes nothing.

    writers: the people among the authors whose work is now to be noted on the file. Commits: of those that changed
    something, in order. NotFound: the file is gone.
    """
    async with unit_of_work(ports) as unit:
        now = ports.clock.now()
        head = await locked_head(file_id, row_lock())
        draft, locks = Draft(head.number), await HardLocks.of(head.number, now)
        await draft.preload(_plain_paths(transactions))
        told: list[tuple[str, list[Change]]] = []
        outcomes = [await _try(draft, locks, one, now, told) for one in transactions]
        await draft.flush()
        commits = await record_all(head, told, now)
        if commits:
            await note_writers(ports, unit, file_id, writers)
    return outcomes, commits


async def _try(
    draft: Draft, locks: HardLocks, transaction: Transaction, now: datetime, told: list[tuple[str, list[Change]]]
) -> Outcome:
    attempt = _Running(draft, locks, transaction.author, now)
    try:
        done = [await attempt.carry_out(operation) for operation in transaction.operations]
    except DomainError as error:
        return Outcome(error=error)
    attempt.accept()
    told.append((transaction.author.connection, attempt.changes))
    return Outcome(done)


class _Running(Attempt):
    """The operations of one transaction, one after the other."""

    def __init__(self, draft: Draft, locks: HardLocks, author: Author, now: datetime) -> None:
        super().__init__(draft)
        self._locks = locks
        self._author = author
        self._now_ms = int(now.timestamp() * 1000)
        self._references: dict[str, str] = {}

    async def carry_out(self, operation: Operation) -> Done:
        path = named_path(resolved(operation.path, self._references))
        if operation.kind == "create":
            return await self._create(path, operation)
        if operation.kind not in KINDS:
            raise InvalidInput("There is no such operation.", field="type")
        self._check(path)
        if operation.kind == "delete":
            await self.remove(path)
        elif operation.kind == "replace":
            await self.put(path, await self._computed(check_mapping(operation.data), await self.at(path)))
        else:
            await self._update(path, check_mapping(operation.data))
        return Done()

    async def _create(self, collection: str, operation: Operation) -> Done:
        data, key = check_mapping(operation.data), new_key()
        path = named_path(join_path(collection, key))
        self._check(path)
        await self.put(path, await self._computed(data, None))
        if operation.ref is not None:
            self._references[operation.ref] = key
        return Done(operation.ref, key)

    async def _update(self, path: str, data: Data) -> None:
        before = await self.at(path)
        changes = await self._computed(data, before)
        await self.put(path, changes if before is None else updated(before, changes))

    def _check(self, path: str) -> None:
        self._author.check(path)
        self._locks.check(self._author, path)

    async def _computed(self, data: Data, before: Data | None) -> Data:
        """The data with every computed value worked out on what is there now."""
        if not any(mark_of(value) for value in data.values()):
            return data
        return {name: await self._value(value, value_at(before or {}, name)) for name, value in data.items()}

    async def _value(self, value: Any, now: Any) -> Any:
        mark = mark_of(value)
        if mark == "$op":
            return operated(value, now)
        if mark == "$fn":
            return called(value, self._now_ms)
        return value if mark is None else await self._asked(value)

    async def _asked(self, spec: Mapping[str, Any]) -> Any:
        name, field = check_query(spec)
        path = clean_path(resolved(spec.get("path"), self._references))
        if name == "exists":
            return await self._exists(path, field)
        return counted(name, await self.under(path), field)

    async def _exists(self, path: str, field: str | None) -> bool:
        """Whether there is a document (that has the field) at the path, or else in the collection of that path."""
        own = await self.at(path) if path else None
        documents = await self.under(path) if own is None else [shown(split_path(path)[1], own)]
        return any(field is None or one.get(field) is not None for one in documents)


def _plain_paths(transactions: Sequence[Transaction]) -> set[str]:
    """Paths of documents that can be read ahead; what is wrong with the others is said in their turn."""
    found = set()
    for transaction in transactions:
        for operation in transaction.operations:
            if operation.kind != "create" and isinstance(operation.path, str) and "${" not in operation.path:
                found.add(operation.path.strip("/"))
    return found
