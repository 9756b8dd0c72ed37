"""A socket's connection: always read, closed in good order, never held up by a peer that does not read."""

from __future__ import annotations

import asyncio

import pytest

from realtime.close_codes import CloseCode
from realtime.connection import Connection, ConnectionLimits
from realtime.frames import Frame
from realtime.outbox import OutboxLimits
from tests.realtime.peers import PATIENCE_S, Peer, connected


@pytest.fixture
def peer() -> Peer:
    return Peer()


def running(connection: Connection, heard: list[Frame] | None = None) -> asyncio.Task[None]:
    return asyncio.create_task(connection.run((heard if heard is not None else []).append))


async def ended(task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await task


async def test_messages_are_heard_until_the_peer_leaves(peer: Peer) -> None:
    heard: list[Frame] = []
    task = running(await connected(peer), heard)
    peer.say("text")
    peer.say(b"bytes")
    peer.say("")
    peer.leave()
    await ended(task)
    assert heard == ["text", b"bytes", ""]


async def test_it_reads_on_while_the_peer_does_not(peer: Peer) -> None:
    heard: list[Frame] = []
    connection = await connected(peer)
    task = running(connection, heard)
    peer.listening.clear()
    sending = asyncio.create_task(connection.send("waits"))
    await peer.waiting.wait()
    peer.say("still heard")
    peer.leave()
    await ended(task)
    await ended(sending)
    assert heard == ["still heard"]


async def test_close_sends_what_waits_first(peer: Peer) -> None:
    connection = await connected(peer)
    task = running(connection)
    peer.listening.clear()
    connection.post("before")
    connection.close(CloseCode.GOING_AWAY, "bye")
    connection.close(CloseCode.INTERNAL, "too late")
    peer.listening.set()
    await ended(task)
    assert peer.frames == ["before"]
    assert peer.closes == [(1001, "bye")]
    assert connection.close_code == 1001


async def test_after_close_nothing_is_heard_or_sent(peer: Peer) -> None:
    heard: list[Frame] = []
    connection = await connected(peer)
    task = running(connection, heard)
    connection.close(CloseCode.NORMAL)
    peer.say("late")
    await ended(task)
    await connection.send("late")
    assert (heard, peer.frames) == ([], [])


async def test_close_before_run_is_a_close(peer: Peer) -> None:
    connection = await connected(peer)
    connection.close(CloseCode.GOING_AWAY)
    await asyncio.sleep(0)
    await ended(running(connection))
    assert connection.close_code == 1001


async def test_close_does_not_wait_for_ever(peer: Peer) -> None:
    connection = await connected(peer, limits=ConnectionLimits(close_s=0.05))
    task = running(connection)
    peer.listening.clear()
    connection.post("stuck")
    connection.close(CloseCode.GOING_AWAY)
    await ended(task)
    assert peer.sent[1:] == []


async def test_too_long_a_message_closes(peer: Peer) -> None:
    connection = await connected(peer, limits=ConnectionLimits(message_bytes=4))
    heard: list[Frame] = []
    task = running(connection, heard)
    peer.say("1234")
    peer.say("12345")
    await ended(task)
    assert heard == ["1234"]
    assert peer.closes[0][0] == CloseCode.TOO_BIG


async def test_replies_that_nobody_reads_close(peer: Peer) -> None:
    limits = ConnectionLimits(outbox=OutboxLimits(messages=2), close_s=0.05)
    connection = await connected(peer, limits=limits)
    task = running(connection)
    peer.listening.clear()
    for number in range(3):
        connection.post(str(number))
    assert connection.close_code == CloseCode.TOO_SLOW
    await ended(task)


async def test_the_credentials_end_closes(peer: Peer) -> None:
    connection = await connected(peer)
    task = running(connection)
    connection.expire_in(0.01)
    await ended(task)
    assert peer.closes == [(4401, "The credential has expired.")]


async def test_a_peer_that_does_not_read_is_dropped(peer: Peer) -> None:
    connection = await connected(peer, limits=ConnectionLimits(stall_s=20.0))
    task = running(connection)
    now = asyncio.get_running_loop().time()
    peer.listening.clear()
    connection.post("stuck")
    await peer.waiting.wait()
    connection.look_after(now + 19)
    assert connection.close_code is None
    connection.look_after(now + 21)
    await ended(task)
    assert connection.close_code == CloseCode.TOO_SLOW


async def test_a_silent_peer_is_asked_once_and_then_given_up(peer: Peer) -> None:
    asked: list[str] = []
    connection = await connected(peer, ping=lambda: asked.append("?"))
    task = running(connection)
    now = asyncio.get_running_loop().time()
    for seconds in (1, 26, 27, 60):
        connection.look_after(now + seconds)
    assert asked == ["?"]
    connection.look_after(now + 71)
    await ended(task)
    assert peer.closes == [(1001, "Silent for too long.")]


async def test_a_sign_of_life_starts_the_silence_anew(peer: Peer) -> None:
    asked: list[str] = []
    heard = asyncio.Event()
    connection = await connected(peer, ping=lambda: asked.append("?"))
    task = asyncio.create_task(connection.run(lambda frame: heard.set()))
    connection.look_after(asyncio.get_running_loop().time() + 26)
    peer.say("pong")
    async with asyncio.timeout(PATIENCE_S):
        await heard.wait()
    connection.look_after(asyncio.get_running_loop().time() + 26)
    assert asked == ["?", "?"]
    peer.leave()
    await ended(task)


async def test_a_channel_without_a_question_is_left_in_silence(peer: Peer) -> None:
    connection = await connected(peer)
    task = running(connection)
    connection.look_after(asyncio.get_running_loop().time() + 10_000)
    assert connection.close_code is None
    peer.leave()
    await ended(task)
