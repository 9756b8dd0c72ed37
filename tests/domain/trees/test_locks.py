"""Locks: one holder for a path, for a minute, told to those who watch."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.errors import TooLarge
from domain.ports import Ports
from domain.trees import locks
from domain.trees.author import Author
from domain.trees.changes import Commit
from domain.trees.locks import expire_locks, lock, next_expiry, release_locks, unlock
from domain.trees.rows import head_of
from tests.domain.trees.conftest import ALICE, BOB
from tests.fakes import FakeClock


def told(commit: Commit | None) -> list[tuple[Any, ...]]:
    return [] if commit is None else [(one.action, one.path, one.info) for one in commit.changes]


async def test_a_lock_is_taken_and_told(ports: Ports, tree: UUID) -> None:
    taken = await lock(ports, tree, ALICE, "todos/1", hard=False)
    assert taken.holder is None
    info = {"userId": "alice", "mode": "soft", "connId": "connection-a"}
    assert told(taken.commit) == [("lock", "todos/1", info)]


async def test_another_is_told_who_holds_it(ports: Ports, tree: UUID) -> None:
    await lock(ports, tree, ALICE, "todos/1", hard=True)
    refused = await lock(ports, tree, BOB, "todos/1", hard=False)
    assert (refused.holder, refused.mode, refused.commit) == ("alice", "hard", None)
    assert (await lock(ports, tree, BOB, "todos/2", hard=False)).holder is None


async def test_the_owner_prolongs_it_from_any_connection(ports: Ports, tree: UUID, clock: FakeClock) -> None:
    await lock(ports, tree, ALICE, "todos/1", hard=False)
    clock.advance(50)
    second = Author("alice", "connection-2")
    again = await lock(ports, tree, second, "todos/1", hard=False)
    assert (again.holder, again.commit) == (None, None)
    clock.advance(50)
    assert (await lock(ports, tree, BOB, "todos/1", hard=False)).holder == "alice"
    assert await release_locks(ports, tree, "connection-a") is None, "it went over to the second connection"
    harder = await lock(ports, tree, second, "todos/1", hard=True)
    assert told(harder.commit) == [("lock", "todos/1", {"userId": "alice", "mode": "hard", "connId": "connection-2"})]


async def test_it_ends_after_a_minute(ports: Ports, tree: UUID, clock: FakeClock) -> None:
    await lock(ports, tree, ALICE, "todos/1", hard=True)
    clock.advance(59)
    assert await expire_locks(ports, tree) is None
    clock.advance(1)
    gone = {"userId": "alice", "connId": "connection-a"}
    assert told(await expire_locks(ports, tree)) == [("unlock", "todos/1", gone)]
    assert await expire_locks(ports, tree) is None


async def test_one_that_is_over_gives_way_before_it_was_removed(ports: Ports, tree: UUID, clock: FakeClock) -> None:
    await lock(ports, tree, ALICE, "todos/1", hard=True)
    clock.advance(60)
    taken = await lock(ports, tree, BOB, "todos/1", hard=False)
    assert [action for action, _, _ in told(taken.commit)] == ["unlock", "lock"]


async def test_only_the_owner_gives_it_back(ports: Ports, tree: UUID) -> None:
    await lock(ports, tree, ALICE, "todos/1", hard=True)
    assert await unlock(ports, tree, BOB, "todos/1") is None
    assert await unlock(ports, tree, ALICE, "todos/2") is None
    assert told(await unlock(ports, tree, ALICE, "todos/1")) == [
        ("unlock", "todos/1", {"userId": "alice", "connId": "connection-a"})
    ]
    assert (await lock(ports, tree, BOB, "todos/1", hard=True)).holder is None


async def test_a_connection_takes_its_locks_along(ports: Ports, tree: UUID) -> None:
    for path in ("a/1", "a/2"):
        await lock(ports, tree, ALICE, path, hard=True)
    await lock(ports, tree, BOB, "a/3", hard=True)
    assert [path for _, path, _ in told(await release_locks(ports, tree, "connection-a"))] == ["a/1", "a/2"]
    assert await release_locks(ports, uuid4(), "connection-a") is None


async def test_when_the_next_one_ends(ports: Ports, tree: UUID, clock: FakeClock) -> None:
    await lock(ports, tree, ALICE, "a/1", hard=True)
    first = clock.now()
    clock.advance(10)
    await lock(ports, tree, ALICE, "a/2", hard=True)
    head = await head_of(tree)
    assert head is not None
    ends = await next_expiry(head.number)
    assert ends is not None
    assert (ends - first).total_seconds() == 60


async def test_there_are_not_any_number_of_them(ports: Ports, tree: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "MOST_LOCKS", 2)
    for path in ("a/1", "a/2", "a/2"):
        await lock(ports, tree, ALICE, path, hard=True)
    with pytest.raises(TooLarge):
        await lock(ports, tree, ALICE, "a/3", hard=True)
