"""What a document costs that several people edit: server CPU per update, latency, and a cold sync.

    python -m bench.crdt_probe [--clients 8] [--updates 40000] [--window 64] [--database URL] [--redis URL]

The server is the real application in a process of its own, on the first core; the clients are bare sockets on the
second. An update counts when every other client has it: durable, and told to all. Logical updates are counted, not
frames. CPU time is everything that the server's process used meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from pycrdt import Doc, Text

EDITS_OF_COLD_SYNC = 10_000
LATENCY_UPDATES_PER_S = 500


class BareSocket(asyncio.Protocol):
    """A WebSocket client that hands every binary message on as it comes."""

    def __init__(self, path: str, hear: Any) -> None:
        self.opened = asyncio.get_running_loop().create_future()
        self.transport: Any = None
        self._path = path
        self._hear = hear
        self._buffer = bytearray()
        self._upgraded = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            assert b" 101 " in self._buffer[:end], self._buffer
            del self._buffer[: end + 4]
            self._upgraded = True
            self.opened.set_result(None)
        self._read()

    def _read(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            size, head = buffer[at + 1], 2
            if size == 126:
                if len(buffer) - at < 4:
                    break
                size, head = int.from_bytes(buffer[at + 2 : at + 4], "big"), 4
            elif size == 127:
                if len(buffer) - at < 10:
                    break
                size, head = int.from_bytes(buffer[at + 2 : at + 10], "big"), 10
            if len(buffer) - at < head + size:
                break
            if buffer[at] & 0x0F == 2:
                self._hear(bytes(buffer[at + head : at + head + size]))
            elif buffer[at] & 0x0F == 9:
                self.transport.write(b"\x8a\x80\0\0\0\0")
            at += head + size
        del buffer[:at]


def framed(message: bytes) -> bytes:
    """A client's frame with an empty mask."""
    size = len(message)
    head = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x82" + head + bytes(4) + message


def message(kind: int, data: bytes) -> bytes:
    size, head = len(data), b""
    while size > 127:
        head += bytes([size & 127 | 128])
        size >>= 7
    return bytes([0, kind]) + head + bytes([size]) + data


def payload(received: bytes) -> bytes:
    at = 2
    while received[at] > 127:
        at += 1
    return received[at + 1 :]


def var_uint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at


def clocks(state_vector: bytes) -> dict[int, int]:
    count, at = var_uint(state_vector, 0)
    found = {}
    for _ in range(count):
        client, at = var_uint(state_vector, at)
        found[client], at = var_uint(state_vector, at)
    return found


def typed(client_id: int, count: int) -> list[bytes]:
    """The updates of somebody who types one character after the other."""
    doc: Doc[Any] = Doc(client_id=client_id)
    updates: list[bytes] = []
    text = doc.get(f"text{client_id}", type=Text)
    doc.observe(lambda event: updates.append(event.update))
    for number in range(count):
        text.insert(number, "x")
    return updates


class Watcher:
    """What all clients have, told by the frames of one of them; each frame is one Yjs update."""

    def __init__(self) -> None:
        self.doc: Doc[Any] = Doc()
        self.clocks: dict[int, int] = {}
        self.frames = 0
        self.moved = asyncio.Event()

    def hear(self, received: bytes) -> None:
        if received[0] == 0 and received[1] in (1, 2):
            self.frames += 1
            self.doc.apply_update(payload(received))
            self.clocks = clocks(self.doc.get_state())
            self.moved.set()


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. paths: of fresh documents."""

    port: int
    pid: int
    paths: list[str]

    def cpu_s(self) -> float:
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)


async def open_socket(server: Server, path: str, hear: Any) -> BareSocket:
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: BareSocket(path, hear), "127.0.0.1", server.port)
    await socket.opened
    return socket


async def relay(server: Server, clients: int, updates: int, window: int) -> dict[str, float]:
    """Everybody types as fast as the slowest sees it."""
    watchers = [Watcher() for _ in range(2)]
    received = [0] * clients
    sockets = []
    for number in range(clients):
        if number < len(watchers):
            hear: Any = watchers[number].hear
        else:

            def hear(data: bytes, number: int = number) -> None:
                received[number] += len(data)

        sockets.append(await open_socket(server, server.paths[0], hear))
    each = updates // clients
    frames = [[framed(message(2, update)) for update in typed(number + 1, each)] for number in range(clients)]
    await asyncio.sleep(0.5)
    started, cpu = time.perf_counter(), server.cpu_s()
    sent = [0] * clients
    while min(watchers[number].clocks.get(one + 1, 0) for number in (0, 1) for one in range(clients)) < each:
        for number, socket in enumerate(sockets):
            acknowledged = watchers[0].clocks.get(number + 1, 0)
            to = min(each, acknowledged + window)
            if to > sent[number]:
                socket.transport.write(b"".join(frames[number][sent[number] : to]))
                sent[number] = to
        for watcher in watchers:
            watcher.moved.clear()
        await asyncio.wait(
            [asyncio.ensure_future(watcher.moved.wait()) for watcher in watchers],
            timeout=1,
            return_when=asyncio.FIRST_COMPLETED,
        )
    took = time.perf_counter() - started
    used = server.cpu_s() - cpu
    for socket in sockets:
        socket.transport.close()
    return {
        "updates": each * clients,
        "updates_per_s": each * clients / took,
        "cpu_us_per_update": used / (each * clients) * 1e6,
        "updates_per_frame": each * clients / watchers[0].frames,
    }


async def latency(server: Server, clients: int, seconds: float) -> dict[str, float]:
    """From a client's write to another client's read, at a steady rate."""
    sent_at: dict[tuple[int, int], float] = {}
    seen: dict[int, int] = {}
    took: list[float] = []
    watcher = Watcher()

    def hear(data: bytes) -> None:
        watcher.hear(data)
        now = time.perf_counter()
        for client, clock in watcher.clocks.items():
            for one in range(seen.get(client, 0), clock):
                if (client, one) in sent_at:
                    took.append(now - sent_at.pop((client, one)))
            seen[client] = clock

    sockets = [
        await open_socket(server, server.paths[1], hear if number == 0 else lambda _: None) for number in range(clients)
    ]
    count = int(seconds * LATENCY_UPDATES_PER_S)
    writers = sockets[1:]
    frames = [
        [framed(message(2, one)) for one in typed(number + 1, count // len(writers) + 1)]
        for number in range(len(writers))
    ]
    cpu = server.cpu_s()
    started = time.perf_counter()
    for number in range(count):
        await _at(started + number / LATENCY_UPDATES_PER_S)
        writer, turn = number % len(writers), number // len(writers)
        sent_at[writer + 1, turn] = time.perf_counter()
        writers[writer].transport.write(frames[writer][turn])
    await asyncio.sleep(0.5)
    used = server.cpu_s() - cpu
    for socket in sockets:
        socket.transport.close()
    took = sorted(took[len(took) // 20 :])
    return {
        "p50_ms": statistics.median(took) * 1000,
        "p99_ms": took[int(len(took) * 0.99)] * 1000,
        "lost": count - len(took) - count // 20,
        "cpu_us_per_update": used / count * 1e6,
    }


async def _at(moment: float) -> None:
    """Sleeping is too coarse for the last stretch."""
    left = moment - time.perf_counter()
    if left > 0.002:
        await asyncio.sleep(left - 0.001)
    while time.perf_counter() < moment:  # noqa: ASYNC110
        await asyncio.sleep(0)


async def cold_sync(server: Server, times: int) -> dict[str, float]:
    """A document of 10,000 edits at random places: from the client's question to the whole answer, and all of it from
    connecting on."""
    import random

    doc: Doc[Any] = Doc(client_id=7)
    text = doc.get("text", type=Text)
    chance = random.Random(1)
    for number in range(EDITS_OF_COLD_SYNC):
        text.insert(chance.randrange(number + 1), "x")
    first = await open_socket(server, server.paths[2], lambda _: None)
    first.transport.write(
        b"\x82\xff" + (len(message(2, doc.get_update()))).to_bytes(8, "big") + bytes(4) + message(2, doc.get_update())
    )
    await asyncio.sleep(1)
    answers, whole = [], []
    cpu = server.cpu_s()
    for _ in range(times):
        done = asyncio.get_running_loop().create_future()

        def hear(data: bytes, done: asyncio.Future[int] = done) -> None:
            if data[:2] == b"\0\1" and not done.done():
                done.set_result(len(data))

        began = time.perf_counter()
        socket = await open_socket(server, server.paths[2], hear)
        asked = time.perf_counter()
        socket.transport.write(framed(message(0, b"\0")))
        size = await done
        answers.append(time.perf_counter() - asked)
        whole.append(time.perf_counter() - began)
        socket.transport.close()
    used = server.cpu_s() - cpu
    first.transport.close()
    return {
        "answer_ms": statistics.median(answers) * 1000,
        "with_connecting_ms": statistics.median(whole) * 1000,
        "cpu_ms_with_connecting": used / times * 1000,
        "bytes": float(size),
    }


@contextlib.contextmanager
def serving(options: argparse.Namespace) -> Any:
    command = [sys.executable, "-m", "bench.crdt_probe", "--serve"]
    for name in ("database", "redis", "profile"):
        if value := getattr(options, name):
            command += [f"--{name}", value]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    assert process.stdout is not None
    os.sched_setaffinity(process.pid, {0})
    os.sched_setaffinity(0, {1 % (os.cpu_count() or 1)})
    try:
        while not (line := process.stdout.readline()).startswith("{"):
            if not line:
                raise SystemExit("the server did not start")
        yield Server(pid=process.pid, **json.loads(line))
    finally:
        process.terminate()
        process.wait()


async def serve_here(options: argparse.Namespace) -> None:
    """The application, and three documents that everybody with a key may write."""
    from domain.models import File, FileKind, Tenant
    from gateway.app import create_app
    from gateway.database import entered
    from gateway.server import listen, serve
    from gateway.settings import Settings

    chosen: dict[str, Any] = {"database_url": options.database, "redis_url": options.redis}
    chosen |= {"secret_key": "x" * 32} if options.database or options.redis else {}
    folder = Path(tempfile.mkdtemp(prefix="gatehouse-probe-"))
    settings = Settings(
        **{"_env_file": None, "data_dir": folder, "runtime": "memory", "log_level": "warning", **chosen}
    )
    listener, said = listen("127.0.0.1", 0), list[str]()
    app = create_app(settings, say=said.append)
    ready = asyncio.Event()
    serving = asyncio.create_task(serve(app, settings, listener, ready.set))
    await ready.wait()
    with entered(app.state.house.database):
        tenant = await Tenant.all().first()
        assert tenant is not None
        names = [f"{os.urandom(12).hex()}" for _ in range(3)]
        for name in names:
            await File.create(tenant_id=tenant.id, public_id=name, kind=FileKind.DOCUMENT, name=name, content_type="x")
    key = next(line.split()[1] for line in "".join(said).splitlines() if line.strip().startswith("graphql"))
    port = listener.getsockname()[1]
    print(json.dumps({"port": port, "paths": [f"/ws/crdt/{name}?token={key}" for name in names]}), flush=True)
    await serving


async def measure(options: argparse.Namespace) -> None:
    with serving(options) as server:
        print("relay", json.dumps(await relay(server, options.clients, options.updates, options.window)))
        await asyncio.sleep(3)
        print("latency", json.dumps(await latency(server, options.clients, 6.0)))
        print("cold sync", json.dumps(await cold_sync(server, 50)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--updates", type=int, default=40_000)
    parser.add_argument("--window", type=int, default=64)
    parser.add_argument("--database", default=None)
    parser.add_argument("--redis", default=None)
    parser.add_argument("--profile", default=None)
    options = parser.parse_args()
    if options.serve and options.profile:
        import cProfile

        import uvloop

        profile = cProfile.Profile()
        profile.enable()
        try:
            uvloop.run(serve_here(options))
        finally:
            profile.disable()
            profile.dump_stats(options.profile)
    elif options.serve:
        import uvloop

        uvloop.run(serve_here(options))
    else:
        asyncio.run(measure(options))


if __name__ == "__main__":
    main()
