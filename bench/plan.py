"""What is measured, on whom, in which order: rounds alternate between the servers, and the median of each counts."""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TypeAlias

from bench import crdt, fanout, lists
from bench.documents import Speech
from bench.processes import Server, gatehouse, node_peer, strawberry_peer
from bench.table import Row

Start: TypeAlias = Callable[[], AbstractAsyncContextManager[Server]]
Run: TypeAlias = Callable[[Server], Awaitable[dict[str, float]]]
SetUp: TypeAlias = Callable[[Server], Awaitable[fanout.Scene]]
Contest: TypeAlias = list[tuple[Start, Run]]

IDLE_SOCKETS = 2000
Y_WEBSOCKET, HOCUSPOCUS = Speech("/{document}"), Speech("/", named=True)


def _relay(sockets: int) -> Contest:
    async def run(speech: Speech, server: Server) -> dict[str, float]:
        found = await crdt.relay(server, speech, "relay")
        return {
            "CRDT relay, CPU µs per update that 7 others receive": found.cpu_us,
            "CRDT relay, updates per second (more is better)": found.per_s,
        }

    return _on_documents(run)


def _latency(sockets: int) -> Contest:
    async def run(speech: Speech, server: Server) -> dict[str, float]:
        p50, p99 = await crdt.latency(server, speech, "latency")
        return {"CRDT latency at 500 updates/s, p50 ms": p50, "CRDT latency at 500 updates/s, p99 ms": p99}

    return _on_documents(run)


def _cold(sockets: int) -> Contest:
    async def run(speech: Speech, server: Server) -> dict[str, float]:
        took, cpu = await crdt.cold_sync(server, speech, "cold")
        return {"cold sync of 10,000 edits, ms": took, "cold sync of 10,000 edits, CPU ms": cpu}

    return _on_documents(run)


def _memory(sockets: int) -> Contest:
    async def run(speech: Speech, server: Server) -> dict[str, float]:
        return {"memory per open document, KB": await crdt.memory(server, speech, "memory")}

    return _on_documents(run)


def _on_documents(run: Callable[[Speech, Server], Awaitable[dict[str, float]]]) -> Contest:
    async def on_gatehouse(server: Server) -> dict[str, float]:
        return await run(Speech(f"/ws/crdt/s~{{document}}?token={server.key}"), server)

    return [
        (gatehouse, on_gatehouse),
        (lambda: node_peer("y-websocket"), partial(run, Y_WEBSOCKET)),
        (lambda: node_peer("hocuspocus"), partial(run, HOCUSPOCUS)),
    ]


def _bus(sockets: int) -> Contest:
    what = f"bus, 256 bytes to {sockets:,} sockets, CPU µs per delivery"
    return _fanout(what, sockets, fanout.gatehouse_bus, "socket-io", fanout.socket_io)


def _subscription(sockets: int) -> Contest:
    what = f"GraphQL subscription to {sockets:,} sockets, CPU µs per delivery"
    return _fanout(what, sockets, fanout.gatehouse_subscription, "yoga", fanout.peer_subscription)


def _kept(sockets: int) -> Contest:
    """No peer keeps what it sends."""
    what = f"bus with history, 256 bytes to {sockets:,} sockets, CPU µs per delivery"
    return _fanout(what, sockets, fanout.gatehouse_bus_with_history, "", fanout.socket_io)[:1]


def _fanout(what: str, sockets: int, ours: SetUp, peer: str, theirs: SetUp) -> Contest:
    async def run(set_up: SetUp, server: Server) -> dict[str, float]:
        return {what: await fanout.cost_of_delivery(server, await set_up(server), sockets)}

    return [(gatehouse, partial(run, ours)), (lambda: node_peer(peer), partial(run, theirs))]


def _sockets(sockets: int) -> Contest:
    async def run(what: str, set_up: SetUp, server: Server) -> dict[str, float]:
        return {what: await fanout.memory_of_socket(server, await set_up(server), IDLE_SOCKETS)}

    bus, graphql = "memory per socket of the bus, KB", "memory per subscribed GraphQL socket, KB"
    return [
        (gatehouse, partial(run, bus, fanout.gatehouse_bus)),
        (lambda: node_peer("socket-io"), partial(run, bus, fanout.socket_io)),
        (gatehouse, partial(run, graphql, fanout.gatehouse_subscription)),
        (lambda: node_peer("yoga"), partial(run, graphql, fanout.peer_subscription)),
    ]


def _list(sockets: int) -> Contest:
    what = "GraphQL list of 50 × 8 fields, CPU µs per request"

    async def peer(server: Server) -> dict[str, float]:
        return {what: await lists.list_of_people(server)}

    async def ours(server: Server) -> dict[str, float]:
        return {what: await lists.list_of_instances(server)}

    return [
        (gatehouse, ours),
        (strawberry_peer, peer),
        (lambda: node_peer("yoga"), peer),
        (lambda: node_peer("mercurius"), peer),
    ]


MEASUREMENTS: dict[str, Callable[[int], Contest]] = {
    "relay": _relay,
    "latency": _latency,
    "cold": _cold,
    "memory": _memory,
    "bus": _bus,
    "kept": _kept,
    "subscription": _subscription,
    "sockets": _sockets,
    "list": _list,
}
BY_SOCKETS = frozenset({"bus", "kept", "subscription"})


async def measure(chosen: list[str], rounds: int, sockets: list[int]) -> list[Row]:
    """The rows of the table, in the order of the measurements."""
    rows: list[Row] = []
    for name in chosen:
        for count in sockets if name in BY_SOCKETS else sockets[:1]:
            rows += await _contest(MEASUREMENTS[name](count), rounds)
    return rows


async def _contest(contest: Contest, rounds: int) -> list[Row]:
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in range(rounds):
        for start, run in contest:
            async with start() as server:
                for what, figure in (await run(server)).items():
                    found[what][server.name].append(figure)
                    print(f"round {number + 1}  {what}  {server.name}  {figure:.3g}", file=sys.stderr, flush=True)
    return [Row(what, {who: statistics.median(figures) for who, figures in by.items()}) for what, by in found.items()]
