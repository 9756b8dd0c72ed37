"""An event stream: written as it comes, cut from outside, over when the client is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest

from realtime.close_codes import CloseCode
from realtime.event_stream import EventStream, event
from tests.realtime.peers import PATIENCE_S, Peer


class Source:
    """Events as a test gives them."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.ended = False

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        try:
            while (chunk := await self.queue.get()) is not None:
                yield chunk
        finally:
            self.ended = True


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def source() -> Source:
    return Source()


def stream(source: Source, *, stall_s: float = 20.0) -> EventStream:
    events, held = source.__aiter__(), AsyncExitStack()
    held.push_async_callback(events.aclose)
    return EventStream(events, held, heartbeat_s=60.0, stall_s=stall_s)


async def run(made: EventStream, peer: Peer) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await made({"type": "http"}, peer.receive, peer.send)


def test_an_event_is_two_lines_and_an_empty_one() -> None:
    assert event("next", b"{}") == b"event: next\ndata: {}\n\n"
    assert event("complete") == b"event: complete\ndata: \n\n"


async def test_events_are_written_and_the_end_is_an_end(peer: Peer, source: Source) -> None:
    for chunk in (b"one", b"two", None):
        source.queue.put_nowait(chunk)
    await run(stream(source), peer)
    assert peer.body == b":\n\nonetwo"
    assert peer.sent[0]["status"] == 200
    assert peer.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_a_client_that_leaves_ends_the_source(peer: Peer, source: Source) -> None:
    made = stream(source)
    task = asyncio.create_task(run(made, peer))
    await peer.got_bytes(1)
    peer.leave("http.disconnect")
    await task
    assert source.ended


async def test_a_client_that_is_gone_when_something_is_written_ends_the_source(peer: Peer, source: Source) -> None:
    task = asyncio.create_task(run(stream(source), peer))
    await peer.got_bytes(1)
    peer.is_gone = True
    source.queue.put_nowait(b"to nobody")
    await task
    assert source.ended


async def test_cut_from_outside_it_does_not_end_properly(peer: Peer, source: Source) -> None:
    made = stream(source)
    task = asyncio.create_task(run(made, peer))
    await peer.got_bytes(1)
    made.close(CloseCode.UNAUTHENTICATED)
    made.close(CloseCode.GOING_AWAY)
    await task
    assert made.close_code == CloseCode.UNAUTHENTICATED
    assert source.ended
    assert all(message.get("more_body", True) for message in peer.sent)


async def test_cut_before_it_began_it_never_begins(peer: Peer, source: Source) -> None:
    made = stream(source)
    made.close(CloseCode.GOING_AWAY)
    await run(made, peer)
    assert peer.body == b""


async def test_it_ends_with_its_credential(peer: Peer, source: Source) -> None:
    made = stream(source)
    made.expire_in(0.01)
    await run(made, peer)
    assert made.close_code == CloseCode.UNAUTHENTICATED


async def test_a_client_that_does_not_read_is_cut(peer: Peer, source: Source) -> None:
    made = stream(source, stall_s=20.0)
    peer.listening.clear()
    task = asyncio.create_task(run(made, peer))
    await peer.waiting.wait()
    made.look_after(asyncio.get_running_loop().time() + 21)
    await task
    assert made.close_code == CloseCode.TOO_SLOW
