"""Copies, ends, exports, and the pruning of old changes."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.errors import TooLarge
from domain.jobs.upkeep import prune
from domain.models import File
from domain.models.tree import Tree, TreeChange, TreeDocument, TreeIndex, TreeIndexEntry, TreeLock
from domain.ports import Ports
from domain.trees.copy_tree import copy_tree
from domain.trees.create_index import MOST_INDEXES, create_index
from domain.trees.delete_tree import delete_tree
from domain.trees.export_tree import export_tree
from domain.trees.filters import parse_filter
from domain.trees.locks import lock
from domain.trees.prune_changes import KEPT_S, prune_changes
from domain.trees.query import Query, query
from domain.trees.rows import Reading
from domain.trees.transact import Operation, transact
from domain.unit import unit_of_work
from tests.domain.trees.conftest import ALICE, a_tree
from tests.fakes import FakeClock

TABLES = (Tree, TreeDocument, TreeIndex, TreeIndexEntry, TreeChange, TreeLock)


@pytest.fixture
async def filled(ports: Ports, tree: UUID) -> UUID:
    """Three documents, one of them indexed by `v`, and a lock."""
    await create_index(ports, tree, "n", "v")
    operations = [Operation("replace", path, {"v": path}) for path in ("n/a", "n/a/parts/1", "top")]
    await transact(ports, tree, ALICE, operations)
    await lock(ports, tree, ALICE, "n/a", hard=True)
    return tree


async def test_a_copy_has_the_documents_and_the_indexes(ports: Ports, filled: UUID) -> None:
    target = await a_tree()
    async with unit_of_work(ports):
        await copy_tree(filled, target)
    assert await export_tree(target) == await export_tree(filled)
    reading = Reading()
    assert await query(target, Query("n", parse_filter({"equals": {"v": "n/a"}})), reading) == [{"id": "a", "v": "n/a"}]
    assert "tree_index_entry" in reading.statements[0][0]
    await transact(ports, target, ALICE, [Operation("delete", "n/a")])
    assert len(await export_tree(filled)) == 3
    assert await TreeLock.all().count() == 1
    assert await TreeChange.filter(tree__file_id=target).count() == 1


async def test_a_copy_of_nothing_is_nothing(ports: Ports, tree: UUID) -> None:
    async with unit_of_work(ports):
        await copy_tree(tree, await a_tree())
    assert await Tree.all().count() == 0


async def test_a_deleted_one_leaves_no_row(ports: Ports, filled: UUID) -> None:
    other = await a_tree()
    await transact(ports, other, ALICE, [Operation("replace", "n/a", {})])
    async with unit_of_work(ports):
        await delete_tree(filled)
    assert [await table.all().count() for table in TABLES] == [1, 1, 0, 0, 1, 0]
    await File.filter(id=other).delete()
    assert [await table.all().count() for table in TABLES] == [0] * 6


async def test_an_export_of_one_collection(filled: UUID) -> None:
    assert await export_tree(filled, "n/a/parts") == {"n/a/parts/1": {"id": "1", "v": "n/a/parts/1"}}
    assert await export_tree(filled, "none") == {}
    assert list(await export_tree(filled)) == ["top", "n/a", "n/a/parts/1"]
    with pytest.raises(TooLarge):
        await export_tree(filled, most_bytes=20)


async def test_a_long_export_is_read_in_portions(ports: Ports, tree: UUID) -> None:
    paths = [f"{collection}/{number:03}" for collection in ("a", "b") for number in range(600)]
    await transact(ports, tree, ALICE, [Operation("replace", path, {}) for path in reversed(paths)])
    assert list(await export_tree(tree)) == paths
    assert list(await export_tree(tree, "b")) == paths[600:]


async def test_there_are_not_any_number_of_indexes(ports: Ports, tree: UUID) -> None:
    for number in range(MOST_INDEXES):
        await create_index(ports, tree, "n", f"f{number}")
    await create_index(ports, tree, "n", "f0")
    with pytest.raises(TooLarge):
        await create_index(ports, tree, "n", "more")
    await create_index(ports, tree, "m", "f0")


async def test_old_changes_are_forgotten(ports: Ports, filled: UUID, clock: FakeClock) -> None:
    clock.advance(KEPT_S / 2)
    await transact(ports, filled, ALICE, [Operation("delete", "top")])
    clock.advance(KEPT_S / 2 + 1)
    await prune(ports)
    assert [row.seq for row in await TreeChange.all()] == [3]
    clock.advance(KEPT_S)
    assert await prune_changes(ports) == 1
    assert (await Tree.get(file_id=filled)).last_change == 3, "numbers go on"
