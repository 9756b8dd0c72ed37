"""A background task that crashes comes back, is named while it fails, and lets itself be stopped."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from gateway.background import Background


async def test_a_crashed_task_runs_again() -> None:
    background, again, runs = Background(pause_s=0.001), asyncio.Event(), 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise OSError("gone")
        again.set()
        await asyncio.Event().wait()

    background.start("watch", run)
    await asyncio.wait_for(again.wait(), 5)
    assert background.faults == {"watch": "OSError"}
    await background.stop()


async def test_a_task_that_returns_is_done() -> None:
    background, runs = Background(pause_s=0.001), []

    async def run() -> None:
        runs.append(1)

    background.start("once", run)
    await asyncio.sleep(0)
    await background.stop()
    assert runs == [1]
    assert background.faults == {}


async def test_pauses_grow_up_to_the_longest() -> None:
    background, times, enough = Background(pause_s=0.01, pause_max_s=0.02), [], asyncio.Event()

    async def run() -> None:
        times.append(asyncio.get_running_loop().time())
        if len(times) == 5:
            enough.set()
        raise ValueError

    background.start("crashing", run)
    await asyncio.wait_for(enough.wait(), 5)
    await background.stop()
    pauses = [after - before for before, after in pairwise(times)]
    assert pauses[0] >= 0.009
    assert all(pause >= 0.019 for pause in pauses[1:])


async def test_stopping_waits_for_what_tasks_do_at_their_end() -> None:
    background, started, tidied = Background(), asyncio.Event(), []

    async def run() -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.append(True)

    background.start("tidy", run)
    await started.wait()
    await background.stop()
    assert tidied == [True]


async def test_a_task_that_clings_on_does_not_hold_the_end_up() -> None:
    background, started, let_go = Background(), asyncio.Event(), asyncio.Event()

    async def run() -> None:
        started.set()
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    background.start("clinging", run)
    await started.wait()
    await asyncio.wait_for(background.stop(within_s=0.01), 5)
    let_go.set()


async def test_a_task_whose_library_swallows_a_cancellation_is_told_again() -> None:
    background, started = Background(), asyncio.Event()

    async def run() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    background.start("deaf", run)
    await started.wait()
    (task,) = background._tasks.values()
    await background.stop()
    assert task.cancelled()
