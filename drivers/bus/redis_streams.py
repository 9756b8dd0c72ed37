"""The streams of the bus in Redis: their keys, which topic goes where, what an entry holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from zlib import crc32

# KEYS: stream, its counter. ARGV: entries to keep, topic, data.
ADD_SCRIPT = """
local number = redis.call('INCR', KEYS[2])
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'n', number, 't', ARGV[2], 'd', ARGV[3])
return number
"""
NUMBER, TOPIC, DATA = b"n", b"t", b"d"


@dataclass(frozen=True, slots=True)
class Streams:
    """shards streams, each trimmed to about maxlen entries."""

    prefix: str
    shards: int
    maxlen: int

    def shard(self, topic: str) -> int:
        return crc32(topic.encode()) % self.shards

    def key(self, shard: int) -> str:
        return f"{self.prefix}bus:{{{shard}}}"

    def counter_key(self, shard: int) -> str:
        return f"{self.key(shard)}:count"


def delays_s() -> Iterator[float]:
    """How long to wait before each new try."""
    yield from (0.02, 0.05, 0.1, 0.2, 0.5)
    yield from repeat(1.0)
