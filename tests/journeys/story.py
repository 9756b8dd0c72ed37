"""The main journey, told once for every runtime: deploy through one door, watch through another."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import httpx2

from tests.gateway.graphql.wire import Wire
from tests.journeys.house import ServerProcess, until

WATCH = "subscription ($id: ID!) { instanceChanged(id: $id) { id state stateReason memoryBytes } }"
BY_SHORT_ID = "{ instances(first: 100) { nodes { id shortId state } } }"


async def deploy_by_skyport(house: ServerProcess, *, image: str, port: int, **changes: Any) -> str:
    """POST /api/instances/deploy as a dashboard does; the instance's short id."""
    async with house.skyport() as client:
        [node] = (await client.get("/api/nodes")).json()
        users = (await client.get("/api/users")).json()
        body = {
            "image": image,
            "imagename": image,
            "memory": "64",
            "cpu": "1",
            "ports": f"80:{port}",
            "nodeId": node["id"],
            "name": f"web {port}",
            "user": users[0]["userId"],
            "primary": str(port),
        }
        reply = await client.post("/api/instances/deploy", json={**body, **changes})
        assert reply.status_code == 201, reply.text
        answer: dict[str, str] = reply.json()
        assert answer["state"] == "INSTALLING"
        return answer["volumeId"]


async def id_of(house: ServerProcess, short_id: str) -> str:
    """The id that GraphQL knows it by."""
    nodes = (await house.graphql(BY_SHORT_ID))["instances"]["nodes"]
    return next(str(node["id"]) for node in nodes if node["shortId"] == short_id)


async def states_until(wire: Wire, last: str) -> list[str]:
    """States as they are pushed, up to one; equal neighbours once."""
    seen: list[str] = []
    while not seen or seen[-1] != last:
        state = (await wire.next_data())["instanceChanged"]["state"]
        if not seen or seen[-1] != state:
            seen.append(state)
    return seen


async def skyport_state(house: ServerProcess, short_id: str) -> str:
    """What Skyport says of it: its State, or the error's text."""
    async with house.skyport() as client:
        answer = (await client.post("/api/getInstance", json={"id": short_id})).json()
        return str(answer.get("State") or answer.get("error"))


async def page_at(port: int) -> str:
    """What an instance serves on its primary port; it may need a moment after it was started."""
    pages: list[str] = []

    async def answers() -> bool:
        with suppress(httpx2.TransportError):
            async with httpx2.AsyncClient() as browser:
                pages.append((await browser.get(f"http://127.0.0.1:{port}/")).text)
        return bool(pages)

    await until(answers)
    return pages[0]
