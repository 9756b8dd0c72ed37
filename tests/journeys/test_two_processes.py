"""Done when, 6: the command line and the server write one SQLite file under load, and both are heard."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.journeys.house import server

TENANTS = "{ tenants(first: 200) { nodes { name } } }"
CREATE = "mutation ($name: String!) { createTenant(input: {name: $name}) { id } }"


async def test_no_transaction_is_lost_and_every_event_is_heard(tmp_path: Path) -> None:
    async with server(tmp_path, runtime="memory") as house, house.wire() as wire:
        await wire.subscribe('subscription { events(topics: ["tenant"]) { name payload } }')
        await house.graphql("{ serverInfo { version } }")

        by_server = [house.graphql(CREATE, name=f"server {number}") for number in range(60)]
        by_commands = [house.run("tenant", "create", f"command {number}") for number in range(6)]
        await asyncio.gather(*by_commands, *by_server)

        wanted = {f"server {n}" for n in range(60)} | {f"command {n}" for n in range(6)}
        names = {tenant["name"] for tenant in (await house.graphql(TENANTS))["tenants"]["nodes"]}
        assert wanted <= names
        heard: set[str] = set()
        while not wanted <= heard:
            event = (await wire.next_data())["events"]
            if event["name"] == "TenantChanged":
                heard.add(event["payload"]["name"])
