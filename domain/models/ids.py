"""Ids: UUIDv7 (ordered by creation, so indexes stay warm) and the short forms that foreign doors show."""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_tick = 0


def uuid7() -> UUID:
    """A new id: 60 bits of time (milliseconds and 1/4096 of one), then 62 random bits.

    Ids of one process grow strictly, also within a millisecond. An id reveals its creation time; it is never a secret.
    """
    global _last_tick
    with _lock:
        _last_tick = tick = max(_last_tick + 1, time.time_ns() * 4096 // 1_000_000)
    value = (tick >> 12 & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= (tick & 0xFFF) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return UUID(int=value)


def short_id() -> str:
    """Eight random hex digits: how Skyport names an instance."""
    return secrets.token_hex(4)
