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
Contest: TypeAlias = list[tuple[Start, Run]]

Y_WEBSOCKET, HOCUSPOCUS = Speech("/{document}"), Speech("/", named=True)


def _relay(sockets: int) -> Contest:
    async def run(speech: Speech, server: Server) -> dict[str, float]:
        found = await crdt.relay(server, speech, "relay")
        return {"CRDT relay, CPU µs per update that 7 others receive": found.cpu_us}

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
    return [
        (gatehouse, _fanout(fanout.gatehouse_bus, "bus, 256 bytes", sockets)),
        (lambda: node_peer("socket-io"), _fanout(fanout.socket_io, "bus, 256 bytes", sockets)),
    ]


def _subscription(sockets: int) -> Contest:
    return [
        (gatehouse, _fanout(fanout.gatehouse_subscription, "GraphQL subscription", sockets)),
        (lambda: node_peer("yoga"), _fanout(fanout.peer_subscription, "GraphQL subscription", sockets)),
    ]


def _fanout(run: Callable[[Server, int], Awaitable[fanout.FanoutFigures]], what: str, sockets: int) -> Run:
    async def measured(server: Server) -> dict[str, float]:
        found = await run(server, sockets)
        return {
            f"{what} to {sockets:,} sockets, CPU µs per delivery": found.cpu_us,
            f"{what}, {sockets:,} sockets, KB per socket": found.kb_per_socket,
        }

    return measured


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
    "subscription": _subscription,
    "list": _list,
}
BY_SOCKETS = frozenset({"bus", "subscription"})


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
