"""What every counter promises, wherever it counts. A rate per 30 s has buckets of one second."""

from __future__ import annotations

import asyncio

import pytest

from domain.limits import Rate
from domain.ports.counters import Verdict
from tests.drivers.counters.conftest import Room

THREE = Rate(3, 30)


async def test_the_limit_passes_and_the_next_is_refused(room: Room) -> None:
    verdicts = [await room.counters.hit("key", THREE) for _ in range(4)]
    assert [verdict.allowed for verdict in verdicts] == [True, True, True, False]
    assert [verdict.remaining for verdict in verdicts] == [2, 1, 0, 0]
    assert {verdict.limit for verdict in verdicts} == {3}


async def test_while_hits_are_left_one_need_not_wait(room: Room) -> None:
    verdict = await room.counters.hit("key", THREE)
    assert verdict.retry_after_s == 0
    assert 29 < verdict.reset_after_s <= 31


async def test_the_last_hit_and_a_refused_one_say_when_the_next_may_pass(room: Room) -> None:
    for _ in range(2):
        await room.counters.hit("key", THREE)
    room.pass_time(20)
    last = await room.counters.hit("key", THREE)
    refused = await room.counters.hit("key", THREE)
    for verdict in (last, refused):
        assert 9 < verdict.retry_after_s <= 11
        assert 29 < verdict.reset_after_s <= 31


async def test_a_refused_hit_is_not_counted(room: Room) -> None:
    for _ in range(10):
        await room.counters.hit("key", THREE)
    room.pass_time(31)
    assert (await room.counters.hit("key", THREE)).remaining == 2


async def test_the_window_slides(room: Room) -> None:
    await room.counters.hit("key", THREE)
    room.pass_time(15)
    for _ in range(2):
        await room.counters.hit("key", THREE)
    room.pass_time(14)
    assert not (await room.counters.hit("key", THREE)).allowed
    room.pass_time(2)
    assert (await room.counters.hit("key", THREE)).allowed
    assert not (await room.counters.hit("key", THREE)).allowed


async def test_after_reset_everything_is_free(room: Room) -> None:
    for _ in range(3):
        verdict = await room.counters.hit("key", THREE)
    room.pass_time(int(verdict.reset_after_s) + 1)
    assert await room.counters.peek("key", THREE) == Verdict(True, 3, 3, 0.0, 0.0)


async def test_a_costly_hit_takes_more_and_is_refused_whole(room: Room) -> None:
    rate = Rate(10, 30)
    assert (await room.counters.hit("key", rate, cost=7)).remaining == 3
    refused = await room.counters.hit("key", rate, cost=4)
    assert (refused.allowed, refused.remaining) == (False, 3)
    assert refused.retry_after_s > 0
    assert (await room.counters.hit("key", rate, cost=3)).allowed


async def test_a_costly_hit_waits_for_as_much_room_as_it_needs(room: Room) -> None:
    rate = Rate(10, 30)
    await room.counters.hit("key", rate, cost=2)
    room.pass_time(10)
    await room.counters.hit("key", rate, cost=8)
    one, five = [await room.counters.hit("key", rate, cost=cost) for cost in (1, 5)]
    assert 19 < one.retry_after_s <= 21
    assert 29 < five.retry_after_s <= 31


async def test_a_cost_above_the_limit_never_passes(room: Room) -> None:
    verdict = await room.counters.hit("key", THREE, cost=4)
    assert (verdict.allowed, verdict.remaining) == (False, 3)


@pytest.mark.parametrize("cost", [0, -1])
async def test_a_cost_below_one_is_a_mistake_of_the_caller(room: Room, cost: int) -> None:
    with pytest.raises(ValueError, match="cost"):
        await room.counters.hit("key", THREE, cost=cost)


async def test_no_limit_allows_everything_and_counts_nothing(room: Room) -> None:
    for _ in range(5):
        assert (await room.counters.hit("key", Rate(0, 30), cost=1000)).allowed
    assert (await room.counters.peek("key", Rate(0, 30))).limit == 0
    assert (await room.counters.peek("key", THREE)).remaining == 3


async def test_peeking_tells_and_does_not_count(room: Room) -> None:
    for _ in range(2):
        await room.counters.hit("key", THREE)
    assert [await room.counters.peek("key", THREE) for _ in range(5)][-1].remaining == 1
    await room.counters.hit("key", THREE)
    verdict = await room.counters.peek("key", THREE)
    assert (verdict.allowed, verdict.remaining) == (False, 0)


async def test_a_cleared_key_starts_anew_and_leaves_others_alone(room: Room) -> None:
    for key in ("key", "other"):
        for _ in range(3):
            await room.counters.hit(key, THREE)
    await room.counters.clear("key")
    await room.counters.clear("never seen")
    assert (await room.counters.hit("key", THREE)).remaining == 2
    assert not (await room.counters.hit("other", THREE)).allowed


async def test_rates_of_different_length_on_one_key_do_not_mix(room: Room) -> None:
    minute = Rate(5, 60)
    for _ in range(3):
        await room.counters.hit("key", THREE)
    assert (await room.counters.hit("key", minute)).remaining == 4
    assert not (await room.counters.hit("key", THREE)).allowed


async def test_many_at_once_get_no_more_than_the_limit(room: Room) -> None:
    verdicts = await asyncio.gather(*(room.counters.hit("key", Rate(10, 30)) for _ in range(60)))
    assert sum(verdict.allowed for verdict in verdicts) == 10


async def test_a_window_may_be_shorter_than_a_second(room: Room) -> None:
    assert (await room.counters.hit("key", Rate(1, 0.5))).reset_after_s <= 0.52


async def test_keys_may_be_any_text(room: Room) -> None:
    for key in ("sign-in:ä@example.org:2001:db8::1", "", "a b\n{c}"):
        assert (await room.counters.hit(key, THREE)).remaining == 2
