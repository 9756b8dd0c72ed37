"""A request's body as it comes, for whoever stores it: never whole, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from rest_compat._kit.faults import UnreadableBody

IDLE_S = 60.0


async def body_chunks(request: Request, idle_s: float = IDLE_S) -> AsyncIterator[bytes]:
    """UnreadableBody: the client left, or sent nothing for idle_s seconds."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(idle_s):
                chunk = await anext(stream, None)
        except ClientDisconnect as exc:
            raise UnreadableBody("The body ended too early.") from exc
        except TimeoutError as exc:
            raise UnreadableBody("The body does not go on.") from exc
        if chunk is None:
            return
        if chunk:
            yield chunk


def announced_bytes(request: Request) -> int | None:
    """What Content-Length says."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else None
