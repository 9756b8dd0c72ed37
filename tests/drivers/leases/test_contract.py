"""What every lease promises, wherever it is kept."""

from __future__ import annotations

import asyncio
import random

import pytest

from domain.ports.leases import Lease
from drivers.leases.memory import MemoryLeases
from tests.drivers.leases.conftest import Room
from tests.fakes import FakeClock


def taken(lease: Lease | None) -> Lease:
    assert lease is not None
    return lease


async def test_a_free_lease_can_be_taken_by_one_only(room: Room) -> None:
    lease = taken(await room.here.acquire("relay", "a", 30))
    assert (lease.name, lease.holder) == ("relay", "a")
    assert await room.there.acquire("relay", "b", 30) is None


async def test_the_holder_prolongs_by_taking_again(room: Room) -> None:
    lease = taken(await room.here.acquire("relay", "a", 30))
    await room.pass_time(20)
    assert await room.here.acquire("relay", "a", 30) == lease
    await room.pass_time(20)
    assert await room.there.acquire("relay", "b", 30) is None


async def test_renewing_prolongs(room: Room) -> None:
    lease = taken(await room.here.acquire("relay", "a", 30))
    await room.pass_time(20)
    assert await room.here.renew(lease, 30)
    await room.pass_time(20)
    assert await room.there.acquire("relay", "b", 30) is None
    assert await room.here.renew(lease, 30)


async def test_renewing_may_also_shorten(room: Room) -> None:
    lease = taken(await room.here.acquire("relay", "a", 300))
    assert await room.here.renew(lease, 10)
    await room.pass_time(11)
    assert await room.there.acquire("relay", "b", 30) is not None


async def test_a_lapsed_lease_passes_on_with_a_higher_fence(room: Room) -> None:
    lease = taken(await room.here.acquire("relay", "a", 30))
    await room.pass_time(31)
    passed_on = taken(await room.there.acquire("relay", "b", 30))
    assert passed_on.fence > lease.fence
    assert not await room.here.renew(lease, 30)
    assert await room.here.acquire("relay", "a", 30) is None


async def test_a_lapsed_lease_is_lost_even_when_nobody_took_it(room: Room) -> None:
    lease = taken(await room.here.acquire("relay", "a", 30))
    await room.pass_time(31)
    assert not await room.here.renew(lease, 30)
    again = taken(await room.here.acquire("relay", "a", 30))
    assert again.fence > lease.fence
    assert not await room.here.renew(lease, 30)
    assert await room.here.renew(again, 30)


async def test_giving_back_frees_at_once(room: Room) -> None:
    lease = taken(await room.here.acquire("relay", "a", 30))
    await room.here.release(lease)
    passed_on = taken(await room.there.acquire("relay", "b", 30))
    assert passed_on.fence > lease.fence


async def test_giving_back_twice_is_no_fault(room: Room) -> None:
    lease = taken(await room.here.acquire("relay", "a", 30))
    await room.here.release(lease)
    await room.here.release(lease)
    assert not await room.here.renew(lease, 30)


async def test_giving_back_what_was_lost_leaves_the_new_holder_alone(room: Room) -> None:
    lease = taken(await room.here.acquire("relay", "a", 30))
    await room.pass_time(31)
    passed_on = taken(await room.there.acquire("relay", "b", 30))
    await room.here.release(lease)
    assert await room.there.renew(passed_on, 30)
    assert await room.here.acquire("relay", "a", 30) is None


async def test_names_do_not_meet(room: Room) -> None:
    assert await room.here.acquire("relay", "a", 30) is not None
    assert await room.there.acquire("relay:", "b", 30) is not None
    assert await room.there.acquire("node {ä}", "b", 30) is not None


async def test_a_name_that_nobody_holds_cannot_be_renewed(room: Room) -> None:
    lease = Lease("never", "a", 1)
    assert not await room.here.renew(lease, 30)
    await room.here.release(lease)
    assert await room.there.acquire("never", "b", 30) is not None


async def test_of_many_at_once_one_wins(room: Room) -> None:
    replicas = [room.here, room.there] * 10
    won = await asyncio.gather(*(r.acquire("relay", f"holder {n}", 30) for n, r in enumerate(replicas)))
    assert sum(lease is not None for lease in won) == 1


async def test_of_many_at_once_one_wins_a_lapsed_lease(room: Room) -> None:
    first = taken(await room.here.acquire("relay", "first", 30))
    await room.pass_time(31)
    replicas = [room.here, room.there] * 10
    tried = await asyncio.gather(*(r.acquire("relay", f"holder {n}", 30) for n, r in enumerate(replicas)))
    won = [lease for lease in tried if lease is not None]
    assert len(won) == 1
    assert won[0].fence > first.fence


@pytest.mark.parametrize("seed", range(3))
async def test_over_any_story_it_behaves_like_the_model(room: Room, seed: int) -> None:
    """The model is the one in memory; fences are compared by their order, since they need not be small."""
    clock, chance = FakeClock(), random.Random(seed)
    model = MemoryLeases(clock)
    fences: dict[int, int] = {}
    held: list[tuple[Lease, Lease]] = []
    for _ in range(120):
        act, replica = chance.choice(["acquire", "acquire", "renew", "release", "wait"]), chance.choice([0, 1])
        leases, ttl_s = (room.here, room.there)[replica], chance.choice([10, 30])
        if act == "acquire":
            real, expected = [await store.acquire("x", f"h{replica}", ttl_s) for store in (leases, model)]
            assert (real is None) == (expected is None)
            if real is not None and expected is not None:
                assert fences.setdefault(expected.fence, real.fence) == real.fence
                held.append((real, expected))
        elif act == "wait":
            await room.pass_time(7)
            clock.advance(7)
        elif held:
            real, expected = chance.choice(held[-4:])
            if act == "renew":
                assert await leases.renew(real, ttl_s) == await model.renew(expected, ttl_s)
            else:
                await leases.release(real)
                await model.release(expected)
    assert list(fences.values()) == sorted(set(fences.values()))


async def test_everybody_sees_who_holds_what(room: Room) -> None:
    relay = taken(await room.here.acquire("relay", "a", 30))
    node = taken(await room.there.acquire("node:1", "b", 30))
    assert await room.here.held() == await room.there.held() == [node, relay]
    await room.there.release(relay)
    assert await room.here.held() == [node]
    await room.pass_time(31)
    assert await room.here.held() == []
