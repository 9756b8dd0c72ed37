"""Counters inside one process: exactness over any history, and no memory of the past."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from domain.limits import Rate
from drivers.counters.memory import MemoryCounters
from drivers.counters.window import BUCKETS
from tests.fakes import FakeClock

pauses_s = st.lists(st.floats(min_value=0, max_value=20, allow_nan=False), min_size=1, max_size=60)


@given(pauses_s=pauses_s, count=st.integers(1, 5), per_s=st.sampled_from([0.7, 10, 33.3]))
def test_no_window_ever_holds_more_than_the_limit_nor_is_anyone_refused_without_need(
    pauses_s: list[float], count: int, per_s: float
) -> None:
    clock = FakeClock()
    start = clock.now()
    counters, rate = MemoryCounters(clock), Rate(count, per_s)
    passed_s: list[float] = []

    async def play() -> None:
        for pause_s in pauses_s:
            clock.advance(pause_s)
            now_s = (clock.now() - start).total_seconds()
            verdict = await counters.hit("key", rate)
            window = [at_s for at_s in passed_s if at_s > now_s - per_s]
            late = [at_s for at_s in passed_s if at_s > now_s - per_s * (1 + 1 / BUCKETS) - 0.001]
            assert len(window) + verdict.allowed <= count
            assert verdict.allowed or len(late) >= count
            if verdict.allowed:
                passed_s.append(now_s)

    asyncio.run(play())


@given(pauses_s=pauses_s, cost=st.integers(1, 4))
def test_retry_after_is_the_first_moment_that_works(pauses_s: list[float], cost: int) -> None:
    clock = FakeClock()
    counters, rate = MemoryCounters(clock), Rate(4, 10)

    async def play() -> None:
        for pause_s in pauses_s:
            clock.advance(pause_s)
            verdict = await counters.hit("key", rate, cost)
            if not verdict.allowed:
                clock.advance(verdict.retry_after_s - 0.001)
                assert not (await counters.hit("key", rate, cost)).allowed
                clock.advance(0.002)
                assert (await counters.hit("key", rate, cost)).allowed

    asyncio.run(play())


async def test_keys_whose_windows_have_passed_are_forgotten() -> None:
    clock = FakeClock()
    counters = MemoryCounters(clock)
    for number in range(5000):
        await counters.hit(f"visitor {number}", Rate(10, 60))
        clock.advance(1)
    assert len(counters) < 2100


async def test_closing_one_holder_does_not_forget_for_the_others() -> None:
    counters = MemoryCounters(FakeClock())
    await counters.hit("key", Rate(1, 60))
    await counters.close()
    assert not (await counters.hit("key", Rate(1, 60))).allowed
