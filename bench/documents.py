"""Yjs clients for measuring: y-protocols in the words of each server, progress read out of the updates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from pycrdt import Doc, Text

from bench.sockets import RawSocket, connect

SYNC, AUTH, SYNC_REPLY = 0, 2, 4
STEP1, STEP2, UPDATE = 0, 1, 2
EMPTY_STATE = b"\0"
GC, DELETED, STRING, SKIP = 0, 1, 4, 10
LEFT, RIGHT = 128, 64
Wrap = Callable[[bytes], bytes]


def var_uint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_var_uint(data: bytes, at: int) -> tuple[int, int]:
    """The number and where it ends."""
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, at
        shift += 7


def clocks_in(update: bytes) -> dict[int, int]:
    """How far an update reaches, client → clock after its last struct. It may hold text only (and what was skipped)."""
    clients, at = read_var_uint(update, 0)
    reached = {}
    for _ in range(clients):
        structs, at = read_var_uint(update, at)
        client, at = read_var_uint(update, at)
        clock, at = read_var_uint(update, at)
        for _ in range(structs):
            length, at = _struct(update, at)
            clock += length
        reached[client] = clock
    return reached


def _struct(update: bytes, at: int) -> tuple[int, int]:
    """A struct's length in clock ticks, and where it ends."""
    info = update[at]
    at += 1
    if info & 31 in (GC, SKIP):
        return read_var_uint(update, at)
    for origin in (LEFT, RIGHT):
        if info & origin:
            _, at = read_var_uint(update, at)
            _, at = read_var_uint(update, at)
    if not info & (LEFT | RIGHT):
        is_root, at = read_var_uint(update, at)
        size, at = read_var_uint(update, at)
        at = at + size if is_root else read_var_uint(update, at)[1]
    if info & 31 == DELETED:
        return read_var_uint(update, at)
    assert info & 31 == STRING, f"content {info & 31} is not text"
    size, at = read_var_uint(update, at)
    return size, at + size


class DocumentClient:
    """One socket on one document. clocks: what it has heard of each writer, while it counts. heard: called after every
    update."""

    def __init__(self, wrap: Wrap, prefix: int, heard: Callable[[DocumentClient, bytes], None] | None = None) -> None:
        self.clocks: dict[int, int] = {}
        self.counts = True
        self.synced = asyncio.Event()
        self.socket: RawSocket
        self._wrap = wrap
        self._prefix = prefix
        self._on_update = heard

    async def open(self, port: int, path: str, greeting: bytes = b"") -> DocumentClient:
        self.socket = await connect(port, path, self._hear)
        if greeting:
            self.socket.send(greeting)
        self.ask_for(EMPTY_STATE)
        async with asyncio.timeout(30):
            await self.synced.wait()
        return self

    def ask_for(self, state: bytes) -> None:
        self.synced.clear()
        self.socket.send(self._wrap(bytes([SYNC, STEP1]) + var_uint(len(state)) + state))

    def update(self, update: bytes) -> None:
        self.socket.send(self.framed_update(update))

    def framed_update(self, update: bytes) -> bytes:
        return self._wrap(bytes([SYNC, UPDATE]) + var_uint(len(update)) + update)

    def _hear(self, payload: bytes) -> None:
        kind = payload[self._prefix]
        if kind not in (SYNC, SYNC_REPLY) or payload[self._prefix + 1] == STEP1:
            return
        _, at = read_var_uint(payload, self._prefix + 2)
        update = payload[at:]
        for client, clock in clocks_in(update).items() if self.counts else ():
            self.clocks[client] = max(clock, self.clocks.get(client, 0))
        if payload[self._prefix + 1] == STEP2:
            self.synced.set()
        if self._on_update is not None:
            self._on_update(self, update)


class Speech:
    """How a server wants its documents opened: a path and, for Hocuspocus, the document's name in every message."""

    def __init__(self, path: str, *, named: bool = False) -> None:
        self._path = path
        self._named = named

    async def open(
        self, port: int, document: str, heard: Callable[[DocumentClient, bytes], None] | None = None
    ) -> DocumentClient:
        """A synced client."""
        if not self._named:
            client = DocumentClient(lambda message: message, 0, heard)
            return await client.open(port, self._path.format(document=document))
        name = var_uint(len(document)) + document.encode()
        client = DocumentClient(lambda message: name + message, len(name), heard)
        return await client.open(port, "/", name + bytes([AUTH, 0]) + var_uint(1) + b"t")


class Writer:
    """A Doc of its own that makes updates in advance: one character each, in front of the last."""

    def __init__(self) -> None:
        self._doc: Doc[Text] = Doc()
        self._text = self._doc.get("text", type=Text)
        self.client_id = self._doc.client_id
        self.made = 0

    def make(self, count: int) -> list[bytes]:
        """So many updates, each a keystroke at the end of this writer's own words."""
        updates: list[bytes] = []
        subscription = self._doc.observe(lambda event: updates.append(event.update))
        for _ in range(count):
            self._text += "x"
        self._doc.unobserve(subscription)
        self.made += count
        return updates


async def until(true: Callable[[], bool], within_s: float = 60.0) -> bool:
    """Look again every two milliseconds: the clients share this loop. Whether it came true in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while not true():  # noqa: ASYNC110  a condition over many clients
                await asyncio.sleep(0.002)
    return true()
