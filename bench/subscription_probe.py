"""What one event costs that many GraphQL sockets watch: server CPU per delivery, memory per subscribed socket.

    python -m bench.subscription_probe [--sockets 1000] [--events 200] [--ids same|own] [--users 1] [--profile]

The server is the real application (SQLite, everything embedded) in a process of its own; the sockets are bare
ones that only count frames. States are told one at a time (the newest counts, so a burst would be thinned out), stories
in bursts.
The CPU time is everything the server process used meanwhile: transaction, relay, feed, execution, sockets.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import sys
from collections.abc import Callable
from typing import Any

ATTEMPTS_S = 60.0
STATE = "subscription($id: ID!) { instanceChanged(id: $id) { id name state revision memoryBytes } }"
STORY = 'subscription { events(topics: ["instance"]) { cursor name topic payload } }'


class BareSocket(asyncio.Protocol):
    """A WebSocket client that counts text frames by their headers."""

    def __init__(self, counted: Callable[[], None]) -> None:
        self.frames = 0
        self.opened = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self._counted = counted
        self._buffer = b""
        self._upgraded = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            "GET /graphql HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def say(self, **message: Any) -> None:
        body = json.dumps(message).encode()
        size = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + len(body).to_bytes(2, "big")
        self.transport.write(b"\x81" + size + bytes(4) + body)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._upgraded:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert b" 101 " in head, head
            self._upgraded, self._buffer = True, rest
            self.opened.set_result(None)
        while (end := _frame_end(self._buffer)) is not None:
            if self._buffer[0] == 0x81:
                self.frames += 1
                self._counted()
            self._buffer = self._buffer[end:]


def _frame_end(buffer: bytes) -> int | None:
    if len(buffer) < 4:
        return None
    size, start = buffer[1] & 127, 2
    if size == 126:
        size, start = int.from_bytes(buffer[2:4], "big"), 4
    elif size == 127:
        size, start = int.from_bytes(buffer[2:10], "big"), 10
    return start + size if len(buffer) >= start + size else None


class Crowd:
    """All sockets together; reach() waits for a number of frames."""

    def __init__(self) -> None:
        self.sockets: list[BareSocket] = []
        self.frames = 0
        self.subscribed = 0
        self._goal = 0
        self._reached = asyncio.Event()

    def counted(self) -> None:
        self.frames += 1
        if self.frames >= self._goal:
            self._reached.set()

    async def reach(self, frames: int) -> None:
        self._goal = frames
        self._reached.clear()
        if self.frames < frames:
            async with asyncio.timeout(ATTEMPTS_S):
                await self._reached.wait()

    async def connect(self, port: int, count: int, tokens: list[str]) -> None:
        loop = asyncio.get_running_loop()
        for start in range(0, count, 50):
            part = [
                (await loop.create_connection(lambda: BareSocket(self.counted), "127.0.0.1", port))[1]
                for _ in range(start, min(start + 50, count))
            ]
            seen = self.frames
            await asyncio.gather(*(socket.opened for socket in part))
            for number, socket in enumerate(part, start):
                socket.say(type="connection_init", payload={"token": tokens[number % len(tokens)]})
            self.sockets += part
            await self.reach(seen + len(part))

    def subscribe(self, query: str, variables: dict[str, Any], own_ids: bool) -> None:
        for number, socket in enumerate(self.sockets[self.subscribed :], self.subscribed):
            operation = f"6f1b9c2e-58d1-4d0e-9a3e-{number:012x}" if own_ids else "1"
            socket.say(type="subscribe", id=operation, payload={"query": query, "variables": variables})
        self.subscribed = len(self.sockets)

    def leave(self) -> None:
        for socket in self.sockets:
            socket.transport.close()


class Server:
    """The other process, told by lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "the server ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def ask(self, *words: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        return await self.hear()

    async def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.stdout is not None
        await self._process.stdout.read()  # it may have more to say than a pipe holds
        await self._process.wait()


async def probe(options: argparse.Namespace) -> dict[str, Any]:
    """The figures of one kind of subscription on a fresh server."""
    wanted = ["-m", "bench.probe_server", str(options.users), *(["--profile"] if options.profile else [])]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *wanted, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    server, crowd = Server(process), Crowd()
    try:
        place = await server.hear()
        await crowd.connect(place["port"], options.sockets // 2, place["tokens"])
        await _subscribed(server, crowd, place, options)
        half = await server.ask("figures")
        await crowd.connect(place["port"], options.sockets - options.sockets // 2, place["tokens"])
        connected = await server.ask("figures")
        await _subscribed(server, crowd, place, options)
        subscribed = await server.ask("figures")
        spent = await _told(server, crowd, options)
        added = options.sockets - options.sockets // 2
        return {
            "kind": options.kind,
            "sockets": options.sockets,
            "ids": options.ids,
            "users": options.users,
            "us_per_delivery": round(spent / options.events / options.sockets * 1e6, 2),
            "us_per_subscribe": round((subscribed["cpu_s"] - connected["cpu_s"]) / added * 1e6, 1),
            "kb_per_connected": round((connected["rss"] - half["rss"]) / added / 1024, 1),
            "kb_per_subscribed": round((subscribed["rss"] - half["rss"]) / added / 1024, 1),
        }
    finally:
        crowd.leave()
        await server.stop()


async def _subscribed(server: Server, crowd: Crowd, place: dict[str, Any], options: argparse.Namespace) -> None:
    """Subscribe those who came last, and return when every socket hears."""
    fresh = crowd.sockets[crowd.subscribed :]
    seen, variables = crowd.frames, {"id": place["instance_id"]} if options.kind == "state" else {}
    crowd.subscribe(STATE if options.kind == "state" else STORY, variables, options.ids == "own")
    if options.kind == "state":
        await crowd.reach(seen + len(fresh))
        return
    while True:  # a story says nothing at first: tell it until everybody hears
        heard = [socket.frames for socket in crowd.sockets]
        await server.ask("tell", 1)
        await asyncio.sleep(0.3)
        if all(now.frames > then for now, then in zip(crowd.sockets, heard, strict=True)):
            return


async def _told(server: Server, crowd: Crowd, options: argparse.Namespace) -> float:
    """CPU seconds for all events, every one of which reaches every socket."""
    burst = 1 if options.kind == "state" else 20
    start = (await server.ask("figures"))["cpu_s"]
    for _ in range(0, options.events, burst):
        goal = crowd.frames + burst * options.sockets
        await server.ask("tell", burst)
        await crowd.reach(goal)
    return float((await server.ask("figures"))["cpu_s"] - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--events", type=int, default=200)
    parser.add_argument("--ids", choices=("same", "own"), default="own")
    parser.add_argument("--users", type=int, default=1)
    parser.add_argument("--kind", choices=("state", "story", "both"), default="both")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    for kind in ("state", "story") if options.kind == "both" else (options.kind,):
        options.kind = kind
        print(json.dumps(asyncio.run(probe(options))))


if __name__ == "__main__":
    main()
