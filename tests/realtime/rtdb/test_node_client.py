"""A client in Node that follows the contract's frames: a scripted scenario of every request type."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.graphql.clients import start
from tests.realtime.rtdb.conftest import FILE_ID, Place

STEPS = [
    "ping",
    "subscribe",
    "transaction create",
    "transaction batch",
    "get",
    "query",
    "aggregate",
    "createIndex",
    "document subscription",
    "live aggregate",
    "lock",
    "unsubscribe",
    "errors",
]


async def test_a_scenario_of_every_request_type(lite: Place, node: str, node_modules: Path) -> None:
    url = f"{lite.here.websocket_url}/ws/rtdb/{FILE_ID}?access=write&token={lite.anna.token}"
    program = await start(node, "rtdb.mjs", url)
    try:
        assert await program.line() == {"passed": STEPS}
    finally:
        await program.stop()
