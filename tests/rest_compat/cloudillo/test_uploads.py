"""A body as it comes: a client that leaves or falls silent ends the upload."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from rest_compat._kit.faults import UnreadableBody
from rest_compat.cloudillo.uploads import announced_bytes, body_chunks


def request_of(*messages: dict[str, Any], headers: dict[str, str] | None = None) -> Request:
    """Its body comes in these messages; then nothing ever."""
    coming = list(messages)

    async def receive() -> dict[str, Any]:
        if not coming:
            await asyncio.Event().wait()
        return coming.pop(0)

    encoded = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": encoded}, receive)


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_chunks_come_as_they_are_sent() -> None:
    request = request_of(part(b"a"), part(b""), part(b"b", more=False))
    assert [chunk async for chunk in body_chunks(request)] == [b"a", b"b"]


async def test_a_client_that_leaves_is_told_apart_from_an_end() -> None:
    chunks = body_chunks(request_of(part(b"a"), {"type": "http.disconnect"}))
    assert await anext(chunks) == b"a"
    with pytest.raises(UnreadableBody):
        await anext(chunks)


async def test_a_client_that_falls_silent_is_not_waited_for() -> None:
    chunks = body_chunks(request_of(part(b"a")), idle_s=0.02)
    assert await anext(chunks) == b"a"
    with pytest.raises(UnreadableBody):
        await anext(chunks)


@pytest.mark.parametrize(("said", "known"), [("12", 12), ("-1", None), ("many", None), ("", None)])
def test_what_the_client_announces(said: str, known: int | None) -> None:
    assert announced_bytes(request_of(headers={"content-length": said})) == known
