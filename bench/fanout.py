"""One event to many sockets: what a delivery costs the server, and what a socket that listens keeps in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx2

from bench.lists import DEPLOY
from bench.processes import Server, graphql
from bench.sockets import Crowd, RawSocket, connect

EVENTS = 40
SETTLE_S = 0.5
TEXT = "x" * 256
GRAPHQL_PROTOCOL = "graphql-transport-ws"
RENAME = "mutation ($id: ID!, $name: String!) { renameInstance(id: $id, name: $name) { id } }"
REMEMBER = """mutation {
  configureChannel(input: {pattern: "kept", historyCount: 1000, historyAgeS: 3600}) { id }
}"""
Publish = Callable[[], Awaitable[None]]
"""Makes one event."""


Audience: TypeAlias = "Listeners | Subscribers"


@dataclass(frozen=True, slots=True)
class Scene:
    """people: who listens. publish: makes one event for all of them."""

    people: Audience
    publish: Publish


async def peer_subscription(server: Server) -> Scene:
    """graphql-yoga: the peer publishes by itself when told."""
    query = "subscription($id: ID!) { changed(id: $id) { id name state revision memoryBytes } }"
    return Scene(Subscribers(server, query, {"id": "one"}), _teller(server))


async def gatehouse_subscription(server: Server) -> Scene:
    """A change of one instance to everybody who watches it: committed, positioned, read by the feed, then sent. The
    request that makes the change is counted, too."""
    instance = (await graphql(server, DEPLOY, name="bench"))["deployInstance"]["instance"]["id"]
    query = "subscription($id: ID!) { instanceChanged(id: $id) { id name state revision memoryBytes } }"
    number = 0

    async def publish() -> None:
        nonlocal number
        number += 1
        await graphql(server, RENAME, id=instance, name=f"bench {number}")

    return Scene(Subscribers(server, query, {"id": instance}), publish)


async def socket_io(server: Server) -> Scene:
    """socket.io: its own framing over engine.io, 256 bytes to everybody."""
    return Scene(Listeners(server, "/socket.io/?EIO=4&transport=websocket", "40"), _teller(server))


async def gatehouse_bus(server: Server) -> Scene:
    """256 bytes to everybody on one channel without history, published by a client on the bus."""
    return await _on_bus(server, "bench")


async def gatehouse_bus_with_history(server: Server) -> Scene:
    """The same on a channel whose messages are committed to its log first."""
    await graphql(server, REMEMBER)
    return await _on_bus(server, "kept")


async def cost_of_delivery(server: Server, scene: Scene, sockets: int) -> float:
    """The server's CPU microseconds per delivery: one event after the other, each when the last has reached all."""
    crowd = scene.people.crowd
    await scene.people.more(sockets)
    await _until_all_hear(crowd, scene.publish)
    cpu = server.cpu_s()
    for _ in range(EVENTS):
        goal = crowd.heard + sockets
        await scene.publish()
        assert await crowd.reach(goal), f"{server.name} lost {goal - crowd.heard} deliveries"
    cpu = server.cpu_s() - cpu
    crowd.leave()
    return cpu / EVENTS / sockets * 1e6


async def memory_of_socket(server: Server, scene: Scene, sockets: int) -> float:
    """Kilobytes that each of so many more sockets adds, when as many are there already: the first ones fill what the
    server has left over from its start."""
    crowd = scene.people.crowd
    await scene.people.more(sockets)
    await _until_all_hear(crowd, scene.publish)
    memory = server.rss_bytes()
    await scene.people.more(sockets)
    await _until_all_hear(crowd, scene.publish)
    memory = server.rss_bytes() - memory
    crowd.leave()
    return memory / sockets / 1024


async def _on_bus(server: Server, channel: str) -> Scene:
    path = f"/ws/bus?token={server.key}"
    subscribe = json.dumps({"id": "1", "cmd": "subscribe", "data": {"channel": channel}})
    publisher = await connect(server.port, path, lambda _: None)
    return Scene(Listeners(server, path, subscribe), _bus_publish(publisher, channel))


def _bus_publish(publisher: RawSocket, channel: str) -> Publish:
    message = json.dumps({"id": "p", "cmd": "publish", "data": {"channel": channel, "data": TEXT}})

    async def publish() -> None:
        publisher.send(message)

    return publish


def _teller(server: Server) -> Publish:
    async def publish() -> None:
        async with httpx2.AsyncClient(timeout=60) as client:
            await client.post(f"{server.tell_url}/?count=1")

    return publish


class Listeners:
    """Sockets that say one thing to be told everything."""

    def __init__(self, server: Server, path: str, greeting: str) -> None:
        self.crowd = Crowd(TEXT[:64].encode())
        self._port, self._path, self._greeting = server.port, path, greeting

    async def more(self, count: int) -> None:
        for socket in await self.crowd.join(self._port, self._path, count):
            socket.send(self._greeting)


class Subscribers:
    """Sockets that subscribe in GraphQL; each under an operation id of its own, as clients do."""

    def __init__(self, server: Server, query: str, variables: dict[str, Any]) -> None:
        self.crowd = Crowd(b'"next"')
        self._server = server
        self._payload = {"query": query, "variables": variables}

    async def more(self, count: int) -> None:
        server, crowd = self._server, self.crowd
        sockets = await crowd.join(server.port, "/graphql", count, GRAPHQL_PROTOCOL)
        crowd.listen_for(b'"connection_ack"')
        for socket in sockets:
            payload = {"token": server.key} if server.key else {}
            socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert await crowd.reach(count), f"{server.name} did not let everybody in"
        crowd.listen_for(b'"next"')
        for number, socket in enumerate(sockets, len(crowd.sockets)):
            operation = {"id": f"{number:08x}-0000-4000-8000-000000000000", "type": "subscribe"}
            socket.send(json.dumps({**operation, "payload": self._payload}))


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
