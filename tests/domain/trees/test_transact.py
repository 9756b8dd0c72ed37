from __future__ import annotations

from uuid import UUID

from domain.ports import Ports
from domain.trees.query import Query, get, query
from domain.trees.transact import Operation, transact
from tests.domain.trees.conftest import ALICE


async def test_a_document_is_created_and_found(ports: Ports, tree: UUID) -> None:
    done = await transact(ports, tree, ALICE, [Operation("create", "todos", {"title": "milk"}, "$new")])
    assert done[0].ref == "$new"
    assert done[0].id is not None
    assert len(done[0].id) == 24
    expected = {"id": done[0].id, "title": "milk"}
    assert await get(tree, f"todos/{done[0].id}") == expected
    assert await query(tree, Query("todos")) == [expected]
