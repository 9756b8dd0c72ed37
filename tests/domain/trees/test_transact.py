"""Transactions: all or nothing, in order, with locks, references and computed values."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.access import Actor
from domain.errors import DomainError, Forbidden, InvalidInput, Locked, NotFound, TooLarge
from domain.models import File, FileActivity, TreeChange
from domain.ports import Ports
from domain.trees.author import Author
from domain.trees.changes import Commit
from domain.trees.export_tree import export_tree
from domain.trees.locks import lock
from domain.trees.query import Query, get, query
from domain.trees.rows import head_of
from domain.trees.transact import Done, Operation, Transaction, transact, transact_all
from tests.domain.people import a_user, acting, told
from tests.domain.trees.conftest import ALICE, BOB
from tests.fakes import FakeClock


async def put(ports: Ports, tree: UUID, path: str, **data: Any) -> None:
    await transact(ports, tree, ALICE, [Operation("replace", path, data)])


async def update(ports: Ports, tree: UUID, path: str, data: dict[str, Any]) -> Any:
    await transact(ports, tree, ALICE, [Operation("update", path, data)])
    return await get(tree, path)


async def commits_of(tree: UUID) -> list[Commit]:
    head = await head_of(tree)
    assert head is not None
    return [Commit.of(row) for row in await TreeChange.filter(tree_id=head.number).order_by("seq")]


async def test_a_document_is_created_and_found(ports: Ports, tree: UUID) -> None:
    done = await transact(ports, tree, ALICE, [Operation("create", "todos", {"title": "milk"}, "$new")])
    assert done[0].ref == "$new"
    assert done[0].id is not None
    assert len(done[0].id) == 24
    expected = {"id": done[0].id, "title": "milk"}
    assert await get(tree, f"todos/{done[0].id}") == expected
    assert await query(tree, Query("todos")) == [expected]


async def test_replace_update_and_delete(ports: Ports, tree: UUID) -> None:
    done = await transact(ports, tree, ALICE, [Operation("replace", "/todos/1/", {"a": 1, "b": 2})])
    assert done == [Done()]
    assert await update(ports, tree, "todos/1", {"b": None, "c.d": 3}) == {"id": "1", "a": 1, "c": {"d": 3}}
    await put(ports, tree, "todos/1", z=1)
    assert await get(tree, "todos/1") == {"id": "1", "z": 1}
    await transact(ports, tree, ALICE, [Operation("delete", "todos/1"), Operation("delete", "todos/none")])
    assert await get(tree, "todos/1") is None


async def test_an_update_of_what_is_missing_creates_it_as_it_is(ports: Ports, tree: UUID) -> None:
    assert await update(ports, tree, "todos/1", {"a.b": 1, "n": None}) == {"id": "1", "a.b": 1, "n": None}


async def test_later_paths_may_refer_to_what_was_created(ports: Ports, tree: UUID) -> None:
    done = await transact(
        ports,
        tree,
        ALICE,
        [
            Operation("create", "posts", {"title": "one"}, "$post"),
            Operation("create", "posts/${$post}/comments", {"text": "first"}, "$comment"),
            Operation("update", "posts/${$post}", {"comments": {"$op": "increment"}}),
            Operation("replace", "posts/${$post}/comments/${$comment}/votes/1", {"up": True}),
        ],
    )
    post, comment = done[0].id, done[1].id
    assert await export_tree(tree) == {
        f"posts/{post}": {"id": post, "title": "one", "comments": 1},
        f"posts/{post}/comments/{comment}": {"id": comment, "text": "first"},
        f"posts/{post}/comments/{comment}/votes/1": {"id": "1", "up": True},
    }
    assert [one.ref for one in done] == ["$post", "$comment", None, None]


async def test_computed_values_see_what_the_transaction_did_before(ports: Ports, tree: UUID, clock: FakeClock) -> None:
    await transact(
        ports,
        tree,
        ALICE,
        [
            Operation("replace", "n/1", {"v": 5}),
            Operation("update", "n/1", {"v": {"$op": "multiply", "by": 2}}),
            Operation("replace", "n/2", {"v": 7.5}),
            Operation("delete", "n/0"),
            Operation(
                "replace",
                "sums/all",
                {
                    "count": {"$query": "count", "path": "n"},
                    "sum": {"$query": "sum", "path": "n", "field": "v"},
                    "first": {"$query": "first", "path": "n", "field": "v"},
                    "last": {"$query": "last", "path": "/n/"},
                    "is": {"$query": "exists", "path": "n/2"},
                    "has": {"$query": "exists", "path": "n/2", "field": "w"},
                    "any": {"$query": "exists", "path": "n"},
                    "none": {"$query": "exists", "path": "m"},
                    "at": {"$fn": "now"},
                    "deep": {"inner": {"$op": "increment"}},
                },
            ),
        ],
    )
    assert await get(tree, "sums/all") == {
        "id": "all",
        "count": 2,
        "sum": 17.5,
        "first": 10,
        "last": {"id": "2", "v": 7.5},
        "is": True,
        "has": False,
        "any": True,
        "none": False,
        "at": int(clock.now().timestamp() * 1000),
        "deep": {"inner": {"$op": "increment"}},
    }


async def test_computed_values_of_an_update(ports: Ports, tree: UUID) -> None:
    await put(ports, tree, "n/1", stats={"seen": 4}, tags=["a"])
    changes = {
        "stats.seen": {"$op": "increment", "by": 2},
        "tags": {"$op": "append", "values": ["b"]},
        "gone": {"$query": "avg", "path": "nothing", "field": "v"},
    }
    assert await update(ports, tree, "n/1", changes) == {"id": "1", "stats": {"seen": 6}, "tags": ["a", "b"]}


REFUSED: list[tuple[list[Operation], type[DomainError]]] = [
    ([Operation("rename", "todos/1", {})], InvalidInput),
    ([Operation("create", "", {})], InvalidInput),
    ([Operation("create", "todos")], InvalidInput),
    ([Operation("replace", "todos/1", [1])], InvalidInput),  # type: ignore[arg-type]
    ([Operation("update", "todos/1", None)], InvalidInput),
    ([Operation("delete", "a//b")], InvalidInput),
    ([Operation("delete", "todos/${$no}")], InvalidInput),
    ([Operation("update", "todos/1", {"n": {"$op": "power"}})], InvalidInput),
    ([Operation("update", "todos/1", {"n": {"$fn": "length", "args": [5]}})], InvalidInput),
    ([Operation("update", "todos/1", {"n": {"$query": "sum", "path": "todos"}})], InvalidInput),
    ([Operation("update", "todos/1", {"n": {"$query": "count"}})], InvalidInput),
    ([Operation("replace", "n/1", {}), Operation("update", "n/1", {".".join("a" * 40): 1})], InvalidInput),
    ([Operation("replace", "todos/1", {"text": "x" * (1 << 20)})], TooLarge),
]


@pytest.mark.parametrize(("operations", "error"), REFUSED)
async def test_one_that_fails_undoes_all(
    ports: Ports, tree: UUID, operations: list[Operation], error: type[DomainError]
) -> None:
    await put(ports, tree, "todos/kept", a=1)
    with pytest.raises(error):
        await transact(ports, tree, ALICE, [Operation("delete", "todos/kept"), *operations])
    assert await export_tree(tree) == {"todos/kept": {"id": "kept", "a": 1}}
    assert len(await commits_of(tree)) == 1


async def test_documents_cannot_grow_deeper_and_deeper(ports: Ports, tree: UUID) -> None:
    await put(ports, tree, "n/1", v=1)
    wrap = {"v": {"$query": "last", "path": "n"}}
    with pytest.raises(InvalidInput):
        for _ in range(300):
            await transact(ports, tree, ALICE, [Operation("replace", "n/1", wrap)])
    assert (await get(tree, "n/1"))["id"] == "1"  # type: ignore[index]


async def test_hard_locks_keep_others_out_soft_ones_do_not(ports: Ports, tree: UUID, clock: FakeClock) -> None:
    await lock(ports, tree, BOB, "todos/1", hard=True)
    await lock(ports, tree, BOB, "todos/2", hard=False)
    await lock(ports, tree, BOB, "closed", hard=True)
    write = [Operation("update", "todos/1", {"a": 1})]
    with pytest.raises(Locked):
        await transact(ports, tree, ALICE, write)
    with pytest.raises(Locked):
        await transact(ports, tree, ALICE, [Operation("delete", "todos/1")])
    with pytest.raises(Locked):
        await transact(ports, tree, ALICE, [Operation("create", "closed", {})])
    with pytest.raises(Locked):
        await transact(ports, tree, ALICE, [Operation("replace", "closed/1", {})])
    await transact(ports, tree, BOB, write)
    await transact(ports, tree, ALICE, [Operation("replace", "todos/2", {})])
    await transact(ports, tree, ALICE, [Operation("replace", "todos/1/parts/1", {})])
    clock.advance(61)
    await transact(ports, tree, ALICE, write)


async def test_some_may_write_in_some_places_only(ports: Ports, tree: UUID) -> None:
    commenter = Author("cora", "connection-c", ("t/", "c/"))
    await transact(ports, tree, commenter, [Operation("create", "t", {}), Operation("replace", "c/1", {})])
    for operation in (Operation("create", "to", {}), Operation("replace", "meta/1", {}), Operation("delete", "c")):
        with pytest.raises(Forbidden):
            await transact(ports, tree, commenter, [operation])


async def test_several_transactions_share_a_commit_and_fail_alone(ports: Ports, tree: UUID) -> None:
    outcomes, commits = await transact_all(
        ports,
        tree,
        [
            Transaction(ALICE, [Operation("replace", "n/1", {"v": 1})]),
            Transaction(BOB, [Operation("update", "n/1", {"v": {"$op": "increment"}}), Operation("rename", "n/1")]),
            Transaction(BOB, [Operation("update", "n/1", {"v": {"$op": "increment"}})]),
            Transaction(BOB, []),
            Transaction(ALICE, [Operation("delete", "n/none")]),
            Transaction(ALICE, [Operation("replace", "n/2", {"v": {"$query": "sum", "path": "n", "field": "v"}})]),
        ],
    )
    assert [outcome.error is None for outcome in outcomes] == [True, False, True, True, True, True]
    assert [(one.seq, one.connection) for one in commits] == [
        (1, "connection-a"),
        (2, "connection-b"),
        (3, "connection-a"),
    ]
    assert await export_tree(tree) == {"n/1": {"id": "1", "v": 2}, "n/2": {"id": "2", "v": 2}}
    assert await commits_of(tree) == commits


async def test_the_log_tells_what_was_and_what_is(ports: Ports, tree: UUID) -> None:
    await put(ports, tree, "n/1", v=1)
    await transact(ports, tree, BOB, [Operation("update", "n/1", {"v": 2}), Operation("delete", "n/1")])
    first, second = await commits_of(tree)
    assert [(one.action, one.path, one.before, one.after) for one in (*first.changes, *second.changes)] == [
        ("create", "n/1", None, {"v": 1}),
        ("update", "n/1", {"v": 1}, {"v": 2}),
        ("delete", "n/1", {"v": 2}, None),
    ]


async def test_the_file_tells_who_wrote_last(ports: Ports, tree: UUID, clock: FakeClock) -> None:
    user = await a_user(ports, "alice")
    write = [Transaction(ALICE, [Operation("replace", "n/1", {})])]
    await transact_all(ports, tree, write, [await acting(user)])
    file = await File.get(id=tree)
    assert file.modified_at == clock.now()
    assert (await FileActivity.get(file_id=tree, user_id=user.id)).modified_at == clock.now()
    assert [event["id"] for event in await told("FileChanged")] == [str(tree)]
    await transact_all(ports, tree, [Transaction(ALICE, [])], [Actor.anonymous("test")])
    assert len(await told("FileChanged")) == 1, "nothing was written"


async def test_text_is_kept_as_it_is(ports: Ports, tree: UUID) -> None:
    odd = "\u0000 \U0001f600 \u2028 'quoted' \"twice\" \\ ü"
    await transact(ports, tree, ALICE, [Operation("replace", f"{odd}/{odd}", {odd: odd})])
    assert await query(tree, Query(odd)) == [{"id": odd, odd: odd}]


async def test_a_file_that_is_gone(ports: Ports, tree: UUID) -> None:
    with pytest.raises(NotFound):
        await transact(ports, uuid4(), ALICE, [Operation("create", "todos", {})])
