"""The GraphQL-over-HTTP draft, as its own audits check it."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.graphql.clients import start
from tests.gateway.graphql.serving import Replica


async def test_every_audit_is_ok(replica: Replica, node: str, node_modules: Path) -> None:
    program = await start(node, "graphql-http-audits.mjs", replica.url)
    results = await program.line()
    await program.stop()
    assert {name: said for name, said in results.items() if said != "ok"} == {}
    assert len(results) == 61
