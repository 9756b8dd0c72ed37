"""What Gatehouse wants to reach, by the name of the work."""

from __future__ import annotations

AIMS: dict[str, float] = {
    "CRDT relay, CPU µs per update that 7 others receive": 35,
    "CRDT latency at 500 updates/s, p50 ms": 0.3,
    "CRDT latency at 500 updates/s, p99 ms": 2,
    "cold sync of 10,000 edits, ms": 1.2,
    "GraphQL list of 50 × 8 fields, CPU µs per request": 121,
    **{f"bus, 256 bytes to {n:,} sockets, CPU µs per delivery": 5 for n in (1000, 2000)},
    **{f"bus with history, 256 bytes to {n:,} sockets, CPU µs per delivery": 5 for n in (1000, 2000)},
    **{f"GraphQL subscription to {n:,} sockets, CPU µs per delivery": 12 for n in (1000, 2000)},
    "memory per subscribed GraphQL socket, KB": 25,
}
