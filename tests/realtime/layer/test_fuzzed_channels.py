"""Nonsense in valid frames at every channel: nobody else loses anything, and nothing stays behind."""

from __future__ import annotations

import gc
import json
import random
from typing import Any

import pytest
from pycrdt import Doc, Text

from domain.models.file import File, FileKind
from realtime.connection import Connection
from tests.gateway.served import until
from tests.realtime.layer.conftest import Hall
from tests.realtime.raw_socket import BINARY, TEXT, RawSocket, frame, raw_socket

SOCKETS, FRAMES = 40, 12
KEPT = "what somebody else wrote"


def _json(*messages: dict[str, Any]) -> list[bytes]:
    return [json.dumps(message).encode() for message in messages]


def _update() -> bytes:
    doc: Doc[Any] = Doc(client_id=77)
    doc["t"] = text = Text()
    text += KEPT
    update = doc.get_update()
    return b"\x00\x02" + bytes((len(update),)) + update


SEEDS: dict[str, tuple[int, list[bytes]]] = {
    "/ws/crdt/{document}": (
        BINARY,
        [bytes.fromhex("00000100"), bytes.fromhex("010a014d00027b7d"), bytes.fromhex("0001020000"), b"\x03", _update()],
    ),
    "/ws/rtdb/{tree}": (
        TEXT,
        _json(
            {"id": 1, "type": "query", "path": "a", "filter": {"equals": {"x": 1}}, "sort": [{"field": "x"}]},
            {"id": 2, "type": "subscribe", "path": "a", "filter": {}, "aggregate": {"groupBy": "x"}},
            {"id": 3, "type": "transaction", "operations": [{"type": "create", "path": "a", "data": {"x": 1}}]},
            {"id": 4, "type": "transaction", "operations": [{"type": "update", "path": "a/b", "data": {"x.y": 1}}]},
            {"id": 5, "type": "lock", "path": "a/b", "mode": "hard"},
            {"id": 6, "type": "createIndex", "path": "a", "field": "x"},
        ),
    ),
    "/ws/bus": (
        TEXT,
        _json(
            {"id": "1", "cmd": "ping", "data": {}},
            {"id": "2", "cmd": "subscribe", "data": {"channel": "room"}},
            {"id": "3", "cmd": "publish", "data": {"channel": "room", "data": [1, {"a": None}]}},
            {"id": "4", "cmd": "presence", "data": {"channel": "room", "state": {}}},
        ),
    ),
    "/graphql": (
        TEXT,
        _json(
            {"type": "connection_init", "payload": {}},
            {"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }"}},
            {"type": "ping"},
        ),
    ),
}


def mutated(chance: random.Random, seed: bytes) -> bytes:
    """The seed with a few bytes changed, lost, doubled or made up."""
    data = bytearray(seed)
    for _ in range(chance.randrange(5)):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0 if place < len(data):
                data[place] = chance.randrange(256)
            case 1:
                del data[place : place + chance.randrange(8)]
            case 2:
                data[place:place] = data[place : place + chance.randrange(16)]
            case _:
                data[place:place] = chance.randbytes(chance.randrange(8))
    return bytes(data)


async def opened(hall: Hall, path: str) -> str:
    """The path with files of anna's, and her token."""
    ids = {}
    with hall.within():
        for kind in (FileKind.DOCUMENT, FileKind.TREE):
            columns: dict[str, Any] = {"creator_id": hall.anna.user.id, "content_type": "x/y", "name": "a file"}
            file = await File.create(tenant_id=hall.anna.tenant.id, public_id=f"{kind:x>24}", kind=kind, **columns)
            ids[kind.value] = file.public_id
    return f"{path.format(**ids)}?token={hall.anna.token}"


@pytest.mark.parametrize("path", SEEDS)
async def test_nonsense_harms_nobody_else(hall: Hall, path: str) -> None:
    opcode, seeds = SEEDS[path]
    chance = random.Random(path)
    target = await opened(hall, path)
    headers = {"Sec-WebSocket-Protocol": "graphql-transport-ws"} if path == "/graphql" else {}
    async with raw_socket(hall.port, target, headers) as witness:
        if opcode == BINARY:
            witness.send(frame(BINARY, _update()))
        for _ in range(SOCKETS):
            async with raw_socket(hall.port, target, headers) as socket:
                kinds = [opcode] * 9 + [TEXT, BINARY]
                for _ in range(FRAMES):
                    socket.send(frame(chance.choice(kinds), mutated(chance, chance.choice(seeds))))
                socket.send(frame(0x9, b"all heard"))
                await _until_heard(socket)
        await until(lambda: _are_open(hall, 1))
        await _still_works(witness, path)
    if opcode == BINARY:
        async with raw_socket(hall.port, target) as late:
            late.send(frame(BINARY, bytes.fromhex("00000100")))
            while KEPT.encode() not in (await late.seen()).payload:
                pass
    await until(lambda: _are_open(hall, 0))
    await until(_nothing_is_left)


async def _until_heard(socket: RawSocket) -> None:
    """Until the pong or the close: everything before was taken."""
    while (await socket.seen()).opcode not in (0xA, 0x8):
        pass


async def _still_works(witness: RawSocket, path: str) -> None:
    asked = {
        "/ws/crdt/{document}": bytes.fromhex("00000100"),
        "/ws/rtdb/{tree}": b'{"id":999,"type":"ping"}',
        "/ws/bus": b'{"id":"999","cmd":"ping","data":{}}',
        "/graphql": b'{"type":"ping"}',
    }[path]
    answered = {"/ws/crdt/{document}": b"\x00\x01", "/graphql": b"pong"}.get(path, b"999")
    witness.send(frame(BINARY if path.startswith("/ws/crdt") else TEXT, asked))
    while answered not in (await witness.seen()).payload:
        pass


async def _nothing_is_left() -> bool:
    gc.collect()
    return not any(isinstance(one, Connection) for one in gc.get_objects())


async def _are_open(hall: Hall, count: int) -> bool:
    return len(hall.replica.house.sockets) == count
