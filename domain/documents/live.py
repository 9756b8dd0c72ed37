"""What replicas tell each other about a document: committed updates, and who is there.

Told after commit and at most once: whoever missed something finds it in the log by its number.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from uuid import UUID

from domain.errors import Unavailable
from domain.ports import Ports

_HEAD = struct.Struct(">cQ")
_UPDATE, _AWARENESS, _QUESTION = b"U", b"A", b"Q"


@dataclass(frozen=True, slots=True)
class UpdateTold:
    """seq: its number in the log."""

    seq: int
    update: bytes


@dataclass(frozen=True, slots=True)
class AwarenessTold:
    """sender: which replica, by a number of its own. payload: as in an awareness message."""

    sender: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class AwarenessAsked:
    """A replica has just opened the document and wants to know who is there."""

    sender: int


Told = UpdateTold | AwarenessTold | AwarenessAsked


def document_topic(file_id: UUID) -> str:
    """On the bus."""
    return f"crdt:{file_id}"


def encode_told(told: Told) -> bytes:
    if isinstance(told, UpdateTold):
        return _HEAD.pack(_UPDATE, told.seq) + told.update
    if isinstance(told, AwarenessTold):
        return _HEAD.pack(_AWARENESS, told.sender) + told.payload
    return _HEAD.pack(_QUESTION, told.sender)


def decode_told(data: bytes) -> Told | None:
    """None: from a replica that speaks otherwise."""
    if len(data) < _HEAD.size:
        return None
    kind, number = _HEAD.unpack_from(data)
    rest = data[_HEAD.size :]
    if kind == _UPDATE:
        return UpdateTold(number, rest)
    if kind == _AWARENESS:
        return AwarenessTold(number, rest)
    return AwarenessAsked(number) if kind == _QUESTION else None


async def tell_update(ports: Ports, file_id: UUID, seq: int, update: bytes) -> None:
    """After commit; without the bus the rooms find it in the log within about a second."""
    try:
        await ports.bus.publish(document_topic(file_id), encode_told(UpdateTold(seq, update)))
    except Unavailable:
        return
