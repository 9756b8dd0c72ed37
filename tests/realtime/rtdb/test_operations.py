"""1,000 random operations by 10 concurrent clients leave the same on the server, in a client that watched, in one that
comes fresh, and in the model, which is given the transactions in the order that the change events tell."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.models import File, FileKind
from domain.models.ids import short_id
from domain.trees.export_tree import export_tree
from gateway.database import entered
from tests.realtime.rtdb.chance import COLLECTIONS, a_filter, a_transaction, an_order
from tests.realtime.rtdb.client import Client
from tests.realtime.rtdb.conftest import Place
from tests.realtime.rtdb.model import Model, Refused

CLIENTS = 10
OPERATIONS = 1100
Story = dict[str, tuple[list[dict[str, Any]], list[str | None]]]
"""By the mark of each transaction that was done: its operations, and the ids of what they created."""

several_times = settings(
    max_examples=2,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # another run of a race says little: nothing is gained by shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@several_times
@given(seed=st.integers(0, 1 << 32))
async def test_all_agree(place: Place, seed: int) -> None:
    await _all_agree(place, [place.here] * CLIENTS, seed)


@several_times
@given(seed=st.integers(0, 1 << 32))
async def test_all_agree_over_two_replicas(pair: Place, seed: int) -> None:
    await _all_agree(pair, [pair.here, pair.there] * (CLIENTS // 2), seed)


async def _all_agree(place: Place, replicas: list[Any], seed: int) -> None:
    file_id = await _a_file(place)
    async with AsyncExitStack() as stack:
        watcher = await stack.enter_async_context(place.client(at=place.there, file_id=file_id))
        assert await watcher.watch("") == []
        clients = [await stack.enter_async_context(place.client(at=at, file_id=file_id)) for at in replicas]
        for index in ("x", "tags"):
            await clients[0].ask("createIndex", path="a", field=index)
        stories = await asyncio.gather(
            *(_work(client, f"c{number}", Random(seed + number)) for number, client in enumerate(clients))
        )
        done: Story = {mark: told for story in stories for mark, told in story.items()}
        marks, seen = await _watched(watcher, len(done))
        model = Model()
        for mark in marks:
            model.transact(*done[mark])
        fresh = await stack.enter_async_context(place.client(at=place.here, file_id=file_id))
        assert {name: await fresh.query(name) for name in COLLECTIONS} == {
            name: model.children(name) for name in COLLECTIONS
        }
        chance = Random(seed)
        for _ in range(40):
            name, filter_, sort = chance.choice(COLLECTIONS), a_filter(chance), an_order(chance)
            found = await fresh.query(name, filter=filter_, sort=sort)
            assert found == model.query(name, filter_, sort), (name, filter_, sort)
    with entered(place.here.house.database):
        file = await File.get(public_id=file_id)
        stored = {path: one for path, one in (await export_tree(file.id)).items() if not path.startswith("log/")}
    shown = {path: {"id": path.rpartition("/")[2], **one} for path, one in model.documents.items()}
    assert stored == shown
    assert seen == shown


async def _work(client: Client, name: str, chance: Random) -> Story:
    """A hundred operations or so, several at a time; each transaction leaves its mark in `log`."""
    story: Story = {}
    count = 0
    while count < OPERATIONS // CLIENTS:
        asked = {}
        for _ in range(chance.randrange(1, 5)):
            operations, mark = a_transaction(chance), f"{name}-{count}"
            count += len(operations)
            marked = [*operations, {"type": "replace", "path": f"log/{mark}", "data": {}}]
            asked[mark] = (operations, client.begin("transaction", operations=marked))
        for mark, (operations, answer) in asked.items():
            frame = await answer
            ids = [result["id"] for result in frame.get("results", [])]
            if frame["type"] == "transactionResult":
                story[mark] = (operations, ids[:-1])
            else:
                with pytest.raises((Refused, ValueError)):
                    Model().transact(operations, [name] * len(operations))
    return story


async def _watched(watcher: Client, count: int) -> tuple[list[str], dict[str, Any]]:
    """The marks in their order, and what the events say there is."""
    marks: list[str] = []
    documents: dict[str, Any] = {}
    while len(marks) < count:
        event = await watcher.event()
        if event["path"].startswith("log/"):
            marks.append(event["path"].removeprefix("log/"))
        elif event["action"] == "delete":
            del documents[event["path"]]
        else:
            assert (event["path"] in documents) == (event["action"] == "update")
            documents[event["path"]] = event["data"]
    return marks, documents


async def _a_file(place: Place) -> str:
    """The public id of a new database."""
    public_id = f"{short_id():0<24}"
    with entered(place.here.house.database):
        await File.create(
            tenant_id=place.anna.tenant.id,
            public_id=public_id,
            kind=FileKind.TREE,
            name="more",
            content_type="cloudillo/rtdb",
        )
    return public_id
