"""One event to many sockets: what a delivery costs the server, and the memory of a socket."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from bench.processes import Server, graphql
from bench.sockets import Crowd, RawSocket, connect

EVENTS = 40
TEXT = "x" * 256
GRAPHQL_PROTOCOL = "graphql-transport-ws"
CREATE = "mutation ($name: String!) { createTenant(input: {name: $name}) { id } }"
RENAME = "mutation ($id: ID!, $name: String!) { renameTenant(id: $id, name: $name) { id } }"
Publish = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class FanoutFigures:
    """cpu_us per delivery; kb_per_socket: of memory, subscribed."""

    cpu_us: float
    kb_per_socket: float


async def peer_subscription(server: Server, sockets: int) -> FanoutFigures:
    """graphql-yoga: the peer publishes by itself when told."""
    query = "subscription($id: ID!) { changed(id: $id) { id name state revision memoryBytes } }"
    crowd, before = Crowd(b'"next"'), server.rss_bytes()
    await crowd.join(server.port, "/graphql", sockets, GRAPHQL_PROTOCOL)
    _subscribe(crowd, query, {"id": "one"}, {})
    return await _measured(server, crowd, before, _teller(server))


async def gatehouse_subscription(server: Server, sockets: int) -> FanoutFigures:
    """A change of one tenant to everybody who watches tenants: committed, positioned, read by the feed, then sent.

    The commit and the mutation that makes it are counted, too."""
    tenant = (await graphql(server, CREATE, name="bench"))["createTenant"]["id"]
    query = 'subscription { events(topics: ["tenant"]) { cursor name topic payload } }'
    crowd, before = Crowd(b'"next"'), server.rss_bytes()
    await crowd.join(server.port, "/graphql", sockets, GRAPHQL_PROTOCOL)
    _subscribe(crowd, query, {}, {"token": server.key})
    number = 0

    async def publish(count: int) -> None:
        nonlocal number
        for _ in range(count):
            number += 1
            await graphql(server, RENAME, id=tenant, name=f"bench {number}")

    return await _measured(server, crowd, before, publish)


async def socket_io(server: Server, sockets: int) -> FanoutFigures:
    """socket.io: its own framing over engine.io, 256 bytes to everybody."""
    crowd, before = Crowd(TEXT[:64].encode()), server.rss_bytes()
    await crowd.join(server.port, "/socket.io/?EIO=4&transport=websocket", sockets)
    crowd.say("40")
    return await _measured(server, crowd, before, _teller(server))


async def gatehouse_bus(server: Server, sockets: int) -> FanoutFigures:
    """256 bytes to everybody on one channel without history, published by a client on the bus."""
    crowd, before = Crowd(TEXT[:64].encode()), server.rss_bytes()
    path = f"/ws/bus?token={server.key}"
    await crowd.join(server.port, path, sockets)
    crowd.say(json.dumps({"id": "1", "cmd": "subscribe", "data": {"channel": "bench"}}))
    publisher = await connect(server.port, path, lambda _: None)
    figures = await _measured(server, crowd, before, _bus_publish(publisher))
    publisher.transport.abort()
    return figures


def _bus_publish(publisher: RawSocket) -> Publish:
    message = json.dumps({"id": "p", "cmd": "publish", "data": {"channel": "bench", "data": TEXT}})

    async def publish(count: int) -> None:
        for _ in range(count):
            publisher.send(message)

    return publish


def _teller(server: Server) -> Publish:
    async def publish(count: int) -> None:
        async with httpx2.AsyncClient(timeout=60) as client:
            await client.post(f"{server.tell_url}/?count={count}")

    return publish


def _subscribe(crowd: Crowd, query: str, variables: dict[str, Any], payload: dict[str, Any]) -> None:
    crowd.say(json.dumps({"type": "connection_init", "payload": payload}))
    for number, socket in enumerate(crowd.sockets):
        operation = {"id": f"{number:08x}-0000-4000-8000-000000000000", "type": "subscribe"}
        socket.send(json.dumps({**operation, "payload": {"query": query, "variables": variables}}))


async def _measured(server: Server, crowd: Crowd, rss_before: int, publish: Publish) -> FanoutFigures:
    """Publish until everybody hears, then count what the same costs for all events."""
    sockets = len(crowd.sockets)
    await _until_all_hear(crowd, publish)
    memory = server.rss_bytes() - rss_before
    cpu, goal = server.cpu_s(), crowd.heard + sockets * EVENTS
    await publish(EVENTS)
    assert await crowd.reach(goal), f"{server.name} lost {goal - crowd.heard} deliveries"
    cpu = server.cpu_s() - cpu
    crowd.leave()
    return FanoutFigures(cpu / EVENTS / sockets * 1e6, memory / sockets / 1024)


async def _until_all_hear(crowd: Crowd, publish: Publish) -> None:
    """Subscriptions take effect one after the other; the first event that reaches all ends the wait."""
    for _ in range(60):
        before = crowd.heard
        await publish(1)
        if await crowd.reach(before + len(crowd.sockets), within_s=1.0):
            return
    raise AssertionError("not everybody hears")
