"""The verbs themselves beside the model: many short stories, one transaction after the other."""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from domain.ports import Ports
from domain.trees.export_tree import export_tree
from domain.trees.transact import Operation, Transaction, transact_all
from tests.domain.conftest import ports, runtimes
from tests.domain.trees.conftest import ALICE, a_tree
from tests.realtime.rtdb.chance import a_transaction
from tests.realtime.rtdb.model import Model

__all__ = ["ports", "runtimes"]


@settings(max_examples=8, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 32))
async def test_every_step_leaves_what_the_model_says(database: TortoiseContext, ports: Ports, seed: int) -> None:
    tree, model, chance = await a_tree(), Model(), Random(seed)
    for _ in range(40):
        sent = a_transaction(chance)
        operations = [Operation(one["type"], one["path"], one.get("data"), one.get("ref")) for one in sent]
        outcomes, _ = await transact_all(ports, tree, [Transaction(ALICE, operations)])
        if outcomes[0].error is None:
            model.transact(sent, [done.id for done in outcomes[0].done])
        expected = {path: {"id": path.rpartition("/")[2], **one} for path, one in model.documents.items()}
        assert await export_tree(tree) == expected, sent
