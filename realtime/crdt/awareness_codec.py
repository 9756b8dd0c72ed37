"""Bytes ↔ awareness entries: who is there, said by each client about itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from realtime.crdt.protocol import read_byte_string, read_var_uint, var_uint, with_length

GONE = b"null"
NOBODY = b"\x00"
"""An awareness payload without entries: says nothing, and is a sign of life."""
MOST_ENTRIES = 10_000
LONGEST_STATE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """state: JSON text. clock: grows with every change of the state."""

    client_id: int
    clock: int
    state: bytes

    @property
    def is_gone(self) -> bool:
        return self.state == GONE


def decode_entries(payload: bytes) -> list[Entry]:
    """ValueError: not readable, or longer than anybody needs."""
    count, at = read_var_uint(payload, 0)
    if count > MOST_ENTRIES:
        raise ValueError("too many entries")
    entries = []
    for _ in range(count):
        client_id, at = read_var_uint(payload, at)
        clock, at = read_var_uint(payload, at)
        state, at = read_byte_string(payload, at)
        if len(state) > LONGEST_STATE_BYTES:
            raise ValueError("a state is too long")
        entries.append(Entry(client_id, clock, state))
    return entries


def encode_entries(entries: Iterable[Entry]) -> bytes:
    """As they stand in an awareness message."""
    parts = [var_uint(entry.client_id) + var_uint(entry.clock) + with_length(entry.state) for entry in entries]
    return var_uint(len(parts)) + b"".join(parts)


def stamped(entry: Entry, id_tag: str | None) -> Entry | None:
    """The same, saying truly who it is: state.user.idTag is that of the connection, and a guest has none.

    None: the state is no JSON object.
    """
    try:
        state = orjson.loads(entry.state)
    except ValueError:
        return None
    if state is None:
        return Entry(entry.client_id, entry.clock, GONE)
    if not isinstance(state, dict):
        return None
    user = state.get("user")
    if id_tag is None:
        if not (isinstance(user, dict) and "idTag" in user):
            return entry
        del user["idTag"]
    else:
        state["user"] = {**(user if isinstance(user, dict) else {}), "idTag": id_tag}
    return _written(entry, state)


def _written(entry: Entry, state: dict[str, Any]) -> Entry | None:
    try:
        return Entry(entry.client_id, entry.clock, orjson.dumps(state))
    except orjson.JSONEncodeError:
        return None
