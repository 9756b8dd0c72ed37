from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from domain.errors import Unavailable
from drivers.runtime.docker.calls import Calls


async def test_no_more_calls_at_once_than_threads() -> None:
    calls, lock, most, now = Calls(3), threading.Lock(), 0, 0
    together = threading.Barrier(3)

    def call() -> None:
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        together.wait(10)
        with lock:
            now -= 1

    await asyncio.gather(*(calls.read(call) for _ in range(9)))
    calls.close()
    assert most == 3


async def test_a_cancelled_read_leaves_at_once() -> None:
    calls, go = Calls(1), threading.Event()
    reading = asyncio.create_task(calls.read(lambda: go.wait(10)))
    await asyncio.wait([reading], timeout=0.05)
    reading.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await reading
    go.set()
    calls.close()


async def test_a_cancelled_change_leaves_when_it_is_over() -> None:
    calls, go, over = Calls(1), threading.Event(), threading.Event()

    def change() -> None:
        go.wait(10)
        over.set()

    changing = asyncio.create_task(calls.change(change))
    await asyncio.wait([changing], timeout=0.05)
    changing.cancel()
    await asyncio.wait([changing], timeout=0.05)
    assert not changing.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await changing
    assert over.is_set()
    calls.close()


async def test_a_change_that_fails_says_so() -> None:
    calls = Calls(1)

    def fail() -> None:
        raise ValueError("as it was")

    with pytest.raises(ValueError, match="as it was"):
        await calls.change(fail)
    calls.close()


async def test_nothing_is_called_after_close() -> None:
    calls = Calls(1)
    calls.close()
    with pytest.raises(Unavailable):
        await calls.read(lambda: None)


async def test_threads_are_made_when_they_are_needed_and_used_again() -> None:
    calls = Calls(8)
    names = [await calls.read(threading.get_ident) for _ in range(5)]
    assert len(set(names)) == 1
    calls.close()


async def test_a_call_that_was_cancelled_before_its_turn_is_never_made() -> None:
    calls, go, made = Calls(1), threading.Event(), []
    first = asyncio.create_task(calls.read(lambda: go.wait(10)))
    second = asyncio.create_task(calls.read(lambda: made.append(2)))
    await asyncio.wait([first], timeout=0.05)
    second.cancel()
    await asyncio.wait([second])
    go.set()
    await first
    await calls.read(lambda: made.append(3))
    assert made == [3]
    calls.close()


def test_the_process_ends_while_a_call_hangs() -> None:
    script = """
import asyncio, time
from drivers.runtime.docker.calls import Calls

async def main():
    calls = Calls(1)
    hanging = asyncio.create_task(calls.read(lambda: time.sleep(600)))
    await asyncio.wait([hanging], timeout=0.05)
    calls.close()

asyncio.run(main())
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=30, check=True).returncode == 0
