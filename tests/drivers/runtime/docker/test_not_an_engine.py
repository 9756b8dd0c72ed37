"""An address at which something else answers: said in words, by the check and by every other call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from domain.errors import Unavailable
from domain.ports.runtime import NodeEngine
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.errors import NOT_AN_ENGINE

BODIES = {
    "json of another shape": b'{"error": {"code": "NOT_FOUND"}}',
    "a page": b"<!doctype html><h1>It runs.</h1>",
    "nothing": b"",
}


@pytest.fixture(params=[(name, status) for name in BODIES for status in (200, 404)], ids=str)
async def stranger(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A web server that gives every request one answer."""
    name, status = request.param
    body = BODIES[name]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} Some\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_the_check_says_what_it_is_not(stranger: str) -> None:
    runtime = DockerRuntime(NodeEngine(uuid4(), "docker", stranger), owner="tests")
    try:
        with pytest.raises(Unavailable) as refused:
            await runtime.check()
    finally:
        await runtime.close()
    assert refused.value.message == NOT_AN_ENGINE
