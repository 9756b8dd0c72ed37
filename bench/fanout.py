"""One event to many sockets: what a delivery costs the server, and the memory of a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx2

from bench.lists import DEPLOY
from bench.processes import Server, graphql
from bench.sockets import Crowd, RawSocket, connect

EVENTS = 40
SETTLE_S = 1.0
TEXT = "x" * 256
GRAPHQL_PROTOCOL = "graphql-transport-ws"
RENAME = "mutation ($id: ID!, $name: String!) { renameInstance(id: $id, name: $name) { id } }"
Publish = Callable[[], Awaitable[None]]
"""Makes one event."""


@dataclass(frozen=True, slots=True)
class FanoutFigures:
    """cpu_us per delivery; kb_per_socket: of memory, subscribed."""

    cpu_us: float
    kb_per_socket: float


async def peer_subscription(server: Server, sockets: int) -> FanoutFigures:
    """graphql-yoga: the peer publishes by itself when told."""
    query = "subscription($id: ID!) { changed(id: $id) { id name state revision memoryBytes } }"
    before = server.rss_bytes()
    crowd = await _subscribers(server, sockets, query, {"id": "one"})
    return await _measured(server, crowd, before, _teller(server))


async def gatehouse_subscription(server: Server, sockets: int) -> FanoutFigures:
    """A change of one instance to everybody who watches it: committed, positioned, read by the feed, then sent. The
    request that makes the change is counted, too."""
    instance = (await graphql(server, DEPLOY, name="bench"))["deployInstance"]["instance"]["id"]
    query = "subscription($id: ID!) { instanceChanged(id: $id) { id name state revision memoryBytes } }"
    before = server.rss_bytes()
    crowd = await _subscribers(server, sockets, query, {"id": instance})
    number = 0

    async def publish() -> None:
        nonlocal number
        number += 1
        await graphql(server, RENAME, id=instance, name=f"bench {number}")

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

    async def publish() -> None:
        publisher.send(message)

    return publish


def _teller(server: Server) -> Publish:
    async def publish() -> None:
        async with httpx2.AsyncClient(timeout=60) as client:
            await client.post(f"{server.tell_url}/?count=1")

    return publish


async def _subscribers(server: Server, sockets: int, query: str, variables: dict[str, Any]) -> Crowd:
    """Sockets that are let in and have asked; each under an operation id of its own, as clients do."""
    crowd = Crowd(b'"connection_ack"')
    await crowd.join(server.port, "/graphql", sockets, GRAPHQL_PROTOCOL)
    crowd.say(json.dumps({"type": "connection_init", "payload": {"token": server.key} if server.key else {}}))
    assert await crowd.reach(sockets), f"{server.name} did not let everybody in"
    crowd.listen_for(b'"next"')
    for number, socket in enumerate(crowd.sockets):
        operation = {"id": f"{number:08x}-0000-4000-8000-000000000000", "type": "subscribe"}
        socket.send(json.dumps({**operation, "payload": {"query": query, "variables": variables}}))
    return crowd


async def _measured(server: Server, crowd: Crowd, rss_before: int, publish: Publish) -> FanoutFigures:
    """Publish until everybody hears; then one event after the other, each when the last has reached everybody."""
    sockets = len(crowd.sockets)
    await _until_all_hear(crowd, publish)
    memory, cpu = server.rss_bytes() - rss_before, server.cpu_s()
    for _ in range(EVENTS):
        goal = crowd.heard + sockets
        await publish()
        assert await crowd.reach(goal), f"{server.name} lost {goal - crowd.heard} deliveries"
    cpu = server.cpu_s() - cpu
    crowd.leave()
    return FanoutFigures(cpu / EVENTS / sockets * 1e6, memory / sockets / 1024)


async def _until_all_hear(crowd: Crowd, publish: Publish) -> None:
    """Subscriptions take effect one after the other, some with a first message of their own: publish until one event
    has reached everybody, from silence to silence."""
    for _ in range(60):
        await _silence(crowd)
        before = crowd.heard
        await publish()
        if await crowd.reach(before + len(crowd.sockets), within_s=1.0):
            return
    raise AssertionError("not everybody hears")


async def _silence(crowd: Crowd) -> None:
    heard = -1
    while crowd.heard != heard:
        heard = crowd.heard
        await asyncio.sleep(SETTLE_S)
