"""How every Redis driver connects, and how it says that Redis does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError

from domain.errors import Unavailable

CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 5.0
REDIS_FAULTS = (RedisError, OSError, TimeoutError, RuntimeError)
"""RuntimeError: what uvloop raises, before redis-py hears of it, on writing to a connection that was reset just now."""


def connect(url: str, *, retries: int = 2, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> Redis:
    """A client that connects when it is first used. retries: for callers that do not try again themselves."""
    return Redis.from_url(
        url,
        protocol=2,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=answer_timeout_s,
        socket_keepalive=True,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), retries),
    )


@contextmanager
def unavailable_without_redis(what: str) -> Iterator[None]:
    """Turn every fault of Redis or the way to it into Unavailable."""
    try:
        yield
    except REDIS_FAULTS as fault:
        raise Unavailable(f"{what} cannot be reached.") from fault


async def end(task: asyncio.Task[None]) -> None:
    """Cancel until it ends: redis-py sends through wait_for, which in Python 3.11 can swallow a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.05)
