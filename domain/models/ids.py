"""Ids: UUIDv7 (ordered by creation, so indexes stay warm) and the short forms that foreign doors show."""

from __future__ import annotations

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """A new id: 48 bits of Unix milliseconds, then 74 random bits. It reveals its creation time; never a secret."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= (random >> 62) << 64
    value |= 0b10 << 62
    value |= random & ((1 << 62) - 1)
    return UUID(int=value)


def short_id() -> str:
    """Eight random hex digits: how Skyport names an instance."""
    return secrets.token_hex(4)
