"""The other end of a socket or stream, as a server sees it: a test opens and shuts its ears."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Message
from starlette.websockets import WebSocket

from domain.access import Actor
from realtime.connection import Connection, ConnectionLimits

PATIENCE_S = 5.0


class Peer:
    """listening: cleared, nothing that is sent gets through. sent: what got through."""

    def __init__(self) -> None:
        self.listening = asyncio.Event()
        self.listening.set()
        self.waiting = asyncio.Event()
        self.sent: list[Message] = []
        self.is_gone = False
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._arrived = asyncio.Event()

    def say(self, message: str | bytes) -> None:
        self._said.put_nowait({"type": "websocket.receive", "text" if isinstance(message, str) else "bytes": message})

    def leave(self, kind: str = "websocket.disconnect") -> None:
        self.is_gone = True
        self._said.put_nowait({"type": kind, "code": 1005})
        self.listening.set()

    async def receive(self) -> Message:
        return await self._said.get()

    async def send(self, message: Message) -> None:
        if not self.listening.is_set():
            self.waiting.set()
            await self.listening.wait()
        if self.is_gone:
            raise OSError("gone")
        self.sent.append(message)
        self._arrived.set()

    async def got(self, count: int) -> list[Any]:
        """The texts and bytes that came, when there are so many."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.frames) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return self.frames

    async def got_bytes(self, count: int) -> bytes:
        """The body so far, when it has so many bytes."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.body) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return self.body

    @property
    def frames(self) -> list[Any]:
        return [one.get("text") or one.get("bytes") for one in self.sent if one["type"] == "websocket.send"]

    @property
    def body(self) -> bytes:
        return b"".join(one.get("body", b"") for one in self.sent if one["type"] == "http.response.body")

    @property
    def closes(self) -> list[tuple[int, str]]:
        return [(one["code"], one["reason"]) for one in self.sent if one["type"] == "websocket.close"]


async def connected(peer: Peer, **options: Any) -> Connection:
    """A connection to the peer, accepted. limits and ping as Connection takes them."""
    websocket = WebSocket({"type": "websocket"}, peer.receive, peer.send)
    peer._said.put_nowait({"type": "websocket.connect"})
    await websocket.accept()
    return Connection(websocket, options.pop("limits", ConnectionLimits()), **options)


def somebody(credential: str = "key:1", **values: Any) -> Actor:
    return Actor(user_id=None, credential=credential, door="test", **values)
