"""CRDT documents: what a relayed update costs, how long one takes, a cold sync, and the memory of an open document."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from dataclasses import dataclass

from pycrdt import Doc, Text

from bench.documents import EMPTY_STATE, DocumentClient, Speech, Writer, until
from bench.processes import Server

CLIENTS = 8
BATCH, BATCHES = 50, 20
RATE_PER_S, LATENCY_UPDATES = 500, 1500
EDITS = 10_000
COLD_TRIES = 200
DOCUMENTS = 300


@dataclass(frozen=True, slots=True)
class RelayFigures:
    """cpu_us: of the server per logical update that the seven others have received."""

    cpu_us: float
    per_s: float


async def relay(server: Server, speech: Speech, document: str) -> RelayFigures:
    """Eight writers on one document as fast as the server takes it, in bursts; nobody sends again before everybody
    has everything."""
    clients = [await speech.open(server.port, document) for _ in range(CLIENTS)]
    writers = [Writer() for _ in clients]
    cpu = wall = 0.0
    for _ in range(BATCHES):
        frames = [
            [client.framed_update(update) for update in writer.make(BATCH)]
            for client, writer in zip(clients, writers, strict=True)
        ]
        cpu_before, began = server.cpu_s(), time.perf_counter()
        for client, some in zip(clients, frames, strict=True):
            for frame in some:
                client.socket.send(frame)
        assert await until(lambda: _all_know(clients, writers)), f"{server.name} lost updates"
        wall += time.perf_counter() - began
        cpu += server.cpu_s() - cpu_before
    for client in clients:
        client.socket.transport.close()
    updates = CLIENTS * BATCH * BATCHES
    return RelayFigures(cpu / updates * 1e6, updates / wall)


def _all_know(clients: list[DocumentClient], writers: list[Writer]) -> bool:
    return all(
        client.clocks.get(other.client_id, 0) >= other.made
        for client, own in zip(clients, writers, strict=True)
        for other in writers
        if other is not own
    )


async def latency(server: Server, speech: Speech, document: str) -> tuple[float, float]:
    """p50 and p99 in milliseconds from sending an update to its arrival at another client, 500 updates a second."""
    sent: dict[tuple[int, int], float] = {}
    took: list[float] = []
    listener = await speech.open(server.port, document, lambda client, _: _note(client, sent, took))
    clients = [await speech.open(server.port, document) for _ in range(CLIENTS - 1)]
    writers = [Writer() for _ in clients]
    updates = [writer.make(LATENCY_UPDATES // len(writers) + 1) for writer in writers]
    began = time.perf_counter()
    for number in range(LATENCY_UPDATES):
        who, turn = number % len(writers), number // len(writers)
        await asyncio.sleep(max(0.0, began + number / RATE_PER_S - time.perf_counter()))
        sent[writers[who].client_id, turn + 1] = time.perf_counter()
        clients[who].update(updates[who][turn])
    assert await until(lambda: not sent), f"{server.name} lost updates"
    for client in (*clients, listener):
        client.socket.transport.close()
    ordered = sorted(took)
    return ordered[len(ordered) // 2] * 1e3, ordered[len(ordered) * 99 // 100] * 1e3


def _note(client: DocumentClient, sent: dict[tuple[int, int], float], took: list[float]) -> None:
    now = time.perf_counter()
    for key in [key for key in sent if client.clocks.get(key[0], 0) >= key[1]]:
        took.append(now - sent.pop(key))


async def cold_sync(server: Server, speech: Speech, document: str) -> tuple[float, float]:
    """Milliseconds from asking with an empty state to having everything (median), and the server's CPU milliseconds
    for it, of a document that 10,000 random insertions made."""
    author = await speech.open(server.port, document)
    doc: Doc[Text] = Doc()
    doc["text"] = text = Text()
    chance = random.Random(1)
    before = doc.get_state()
    for number in range(EDITS):
        text.insert(chance.randint(0, number), "x")
    author.update(doc.get_update(before))
    reader = await speech.open(server.port, document)
    assert await until(lambda: reader.clocks.get(doc.client_id, 0) >= EDITS), f"{server.name} lost the document"
    author.counts = reader.counts = False
    took, cpu = [], server.cpu_s()
    for _ in range(COLD_TRIES):
        began = time.perf_counter()
        reader.ask_for(EMPTY_STATE)
        await reader.synced.wait()
        took.append(time.perf_counter() - began)
    cpu = (server.cpu_s() - cpu) / COLD_TRIES
    for client in (author, reader):
        client.socket.transport.close()
    return statistics.median(took) * 1e3, cpu * 1e3


async def memory(server: Server, speech: Speech, document: str) -> float:
    """Kilobytes of the server per open document of a hundred edits with one client."""
    before = server.rss_bytes()
    clients = []
    for number in range(DOCUMENTS):
        client = await speech.open(server.port, f"{document}-{number}")
        writer = Writer()
        for update in writer.make(100):
            client.update(update)
        clients.append((client, writer))
    await asyncio.sleep(1.0)
    used = server.rss_bytes() - before
    for client, _ in clients:
        client.socket.transport.close()
    return used / DOCUMENTS / 1024
