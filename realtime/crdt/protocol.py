"""Bytes ↔ messages of y-protocols (source: Cloudillo contract, section 18; y-protocols/PROTOCOL.md). Pure, no I/O.

A message is a varUint type and then its payload; byte strings carry their length as a varUint.
"""

from __future__ import annotations

from enum import IntEnum

SYNC, AWARENESS, AUTH, QUERY_AWARENESS = range(4)
LONGEST_VAR_UINT = 8
"""Bytes; 2^53-1, the largest integer of JavaScript, needs as many."""


class Kind(IntEnum):
    """What a client may send that means something here. STEP1: the state vector of what it has. STEP2: the answer to
    ours. UPDATE: what it has just changed."""

    STEP1 = 0
    STEP2 = 1
    UPDATE = 2
    AWARENESS = 3
    QUERY_AWARENESS = 4


Message = tuple[Kind, bytes]
"""The kind and its payload."""

_SYNC_KINDS = (Kind.STEP1, Kind.STEP2, Kind.UPDATE)


def decode(frame: bytes) -> Message | None:
    """None: nothing that means anything here, or not readable. What follows the payload is ignored, as by Yjs."""
    size = len(frame)
    if size > 2 and frame[0] == SYNC and frame[1] <= Kind.UPDATE:
        # Nearly every message: a type of one byte, a length of one byte.
        if frame[2] == size - 3 and size < 131:
            return _SYNC_KINDS[frame[1]], frame[3:]
        payload = _byte_string(frame, 2)
        return None if payload is None else (_SYNC_KINDS[frame[1]], payload)
    if size > 1 and frame[0] == AWARENESS:
        payload = _byte_string(frame, 1)
        return None if payload is None else (Kind.AWARENESS, payload)
    if size and frame[0] == QUERY_AWARENESS:
        return Kind.QUERY_AWARENESS, b""
    return None


def step1(state_vector: bytes) -> bytes:
    """What we have; the peer answers with what we miss."""
    return bytes((SYNC, Kind.STEP1)) + with_length(state_vector)


def step2(update: bytes) -> bytes:
    """What the peer missed."""
    return bytes((SYNC, Kind.STEP2)) + with_length(update)


def update_message(update: bytes) -> bytes:
    """What has changed."""
    return bytes((SYNC, Kind.UPDATE)) + with_length(update)


def awareness_message(payload: bytes) -> bytes:
    """Who is there, or was."""
    return bytes((AWARENESS,)) + with_length(payload)


def with_length(data: bytes) -> bytes:
    """A byte string as it stands in a message."""
    return var_uint(len(data)) + data


def var_uint(number: int) -> bytes:
    """7 bits a byte, the lowest first; the high bit says that more follow."""
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_var_uint(data: bytes, at: int) -> tuple[int, int]:
    """The number, and where it ends. ValueError: it is cut off, or larger than any that JavaScript writes."""
    number = shift = 0
    for place in range(at, min(at + LONGEST_VAR_UINT, len(data))):
        byte = data[place]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place + 1
        shift += 7
    raise ValueError("a number is cut off")


def read_byte_string(data: bytes, at: int) -> tuple[bytes, int]:
    """The bytes, and where they end. ValueError: they are cut off."""
    length, start = read_var_uint(data, at)
    end = start + length
    if end > len(data):
        raise ValueError("a byte string is cut off")
    return data[start:end], end


def _byte_string(frame: bytes, at: int) -> bytes | None:
    try:
        return read_byte_string(frame, at)[0]
    except ValueError:
        return None
