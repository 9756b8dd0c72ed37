from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tortoise.context import TortoiseContext

from domain.access import Actor
from domain.accounts.create_user import UserSpec, create_user
from domain.accounts.idempotency import Claim, Reply, abandon, answer, claim
from domain.errors import Conflict, InvalidInput, Locked
from domain.models import IdempotencyRecord, User
from domain.ports import Ports
from domain.unit import unit_of_work
from tests.domain.people import SYSTEM
from tests.fakes import FakeClock

DAY_S = 86_400.0
ANNA = Actor(user_id=None, credential="key:1", door="skyport")
SPEC = UserSpec("clara", "clara@example.org")


class Door:
    """Claims one key as a door does."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    async def claim(self, fingerprint: str = "body", **changes: Any) -> Claim:
        asked: dict[str, Any] = {"actor": ANNA, "door": "skyport", "key": "k", "ttl_s": DAY_S, **changes}
        return await claim(fingerprint=fingerprint, now=self._clock.now(), **asked)

    async def refused_for(self, fingerprint: str = "body") -> str:
        with pytest.raises(Conflict) as caught:
            await self.claim(fingerprint)
        assert caught.value.details["field"] == "Idempotency-Key"
        return str(caught.value.details["reason"])


@pytest.fixture
def door(clock: FakeClock, database: TortoiseContext) -> Door:
    return Door(clock)


async def state_of(claim_id: UUID) -> str | None:
    record = await IdempotencyRecord.get_or_none(id=claim_id)
    return record.state if record else None


async def apply(ports: Ports, claim_id: UUID) -> None:
    """What the first unit of work of the request does."""
    async with unit_of_work(replace(ports, claim_id=claim_id)):
        pass


async def test_a_new_key_is_ours_to_do(door: Door, clock: FakeClock) -> None:
    claimed = await door.claim()
    assert claimed.reply is None
    record = await IdempotencyRecord.get(id=claimed.id)
    assert (record.state, record.credential, record.door, record.key) == ("started", "key:1", "skyport", "k")
    assert record.expires_at == clock.now() + timedelta(seconds=DAY_S)


async def test_the_same_request_again_gets_the_same_reply(ports: Ports, door: Door) -> None:
    claimed = await door.claim()
    await apply(ports, claimed.id)
    await answer(claimed.id, 201, {"content-type": "application/json"}, b'{"a":"\xc3\xa4\x00"}')
    for _ in range(2):
        again = await door.claim()
        assert again.reply == Reply(201, {"content-type": "application/json"}, b'{"a":"\xc3\xa4\x00"}')


async def test_a_reply_without_a_change_is_kept_too(door: Door) -> None:
    claimed = await door.claim()
    await answer(claimed.id, 400, {}, b"")
    assert (await door.claim()).reply == Reply(400, {}, b"")


async def test_another_request_under_the_key_is_a_conflict(ports: Ports, door: Door, clock: FakeClock) -> None:
    claimed = await door.claim()
    assert await door.refused_for("other") == "mismatch"
    await apply(ports, claimed.id)
    assert await door.refused_for("other") == "mismatch"
    await answer(claimed.id, 200, {}, b"")
    assert await door.refused_for("other") == "mismatch"
    assert (await door.claim()).reply


async def test_a_request_under_way_is_locked(door: Door, clock: FakeClock) -> None:
    await door.claim()
    clock.advance(59.9)
    with pytest.raises(Locked) as caught:
        await door.claim()
    assert caught.value.details["reason"] == "in_progress"


async def test_a_request_that_died_before_it_did_anything_is_taken_over(door: Door, clock: FakeClock) -> None:
    dead = await door.claim()
    clock.advance(60)
    taken = await door.claim()
    assert taken.reply is None
    assert taken.id != dead.id
    assert await IdempotencyRecord.all().count() == 1
    assert await door.refused_for() == "in_progress"


async def test_how_long_a_request_may_take_is_the_doors_to_say(door: Door, clock: FakeClock) -> None:
    await door.claim()
    clock.advance(10)
    assert (await door.claim(lease_s=10.0)).reply is None


async def test_a_slow_original_cannot_apply_what_was_taken_over(ports: Ports, door: Door, clock: FakeClock) -> None:
    slow = await door.claim()
    clock.advance(60)
    taken = await door.claim()
    with pytest.raises(Locked):
        await create_user(replace(ports, claim_id=slow.id), SYSTEM, SPEC)
    assert not await User.exists()
    await create_user(replace(ports, claim_id=taken.id), SYSTEM, SPEC)
    assert await state_of(taken.id) == "applied"
    await answer(slow.id, 500, {}, b"")
    assert await door.refused_for() == "reply_lost"


async def test_a_change_whose_reply_was_lost_is_not_repeated(ports: Ports, door: Door, clock: FakeClock) -> None:
    claimed = await door.claim()
    await create_user(replace(ports, claim_id=claimed.id), SYSTEM, SPEC)
    clock.advance(3600)
    assert await door.refused_for() == "reply_lost"
    assert await state_of(claimed.id) == "applied"


async def test_a_change_that_was_rolled_back_was_not_applied(ports: Ports, door: Door) -> None:
    await create_user(ports, SYSTEM, SPEC)
    claimed = await door.claim()
    with pytest.raises(Conflict):
        await create_user(replace(ports, claim_id=claimed.id), SYSTEM, SPEC)
    assert await state_of(claimed.id) == "started"


async def test_the_later_units_of_a_request_find_it_marked(ports: Ports, door: Door) -> None:
    claimed = await door.claim()
    for _ in range(2):
        await apply(ports, claimed.id)
    assert await state_of(claimed.id) == "applied"


async def test_an_abandoned_key_can_be_used_again(door: Door) -> None:
    claimed = await door.claim()
    assert await abandon(claimed.id)
    assert (await door.claim("other")).reply is None


async def test_what_was_applied_cannot_be_abandoned(ports: Ports, door: Door) -> None:
    claimed = await door.claim()
    await apply(ports, claimed.id)
    assert not await abandon(claimed.id)
    assert await state_of(claimed.id) == "applied"


async def test_a_key_is_free_again_after_its_life(ports: Ports, door: Door, clock: FakeClock) -> None:
    claimed = await door.claim()
    await apply(ports, claimed.id)
    await answer(claimed.id, 200, {}, b"")
    clock.advance(DAY_S)
    assert (await door.claim("other")).reply is None


async def test_keys_of_other_credentials_and_doors_are_others(door: Door) -> None:
    claims = [
        await door.claim(),
        await door.claim(actor=replace(ANNA, credential="key:2")),
        await door.claim(door="graphql"),
        await door.claim(key="K"),
    ]
    assert len({claimed.id for claimed in claims}) == 4


async def test_of_many_at_once_one_wins(door: Door) -> None:
    results = await asyncio.gather(*(door.claim() for _ in range(8)), return_exceptions=True)
    assert len([result for result in results if isinstance(result, Claim)]) == 1
    assert len([result for result in results if isinstance(result, Locked)]) == 7


async def test_of_many_that_take_over_one_wins(door: Door, clock: FakeClock) -> None:
    await door.claim()
    clock.advance(60)
    results = await asyncio.gather(*(door.claim() for _ in range(8)), return_exceptions=True)
    assert len([result for result in results if isinstance(result, Claim)]) == 1
    assert len([result for result in results if isinstance(result, Locked)]) == 7


@pytest.mark.parametrize("key", ["", "x" * 256, "ä", "a\nb", "\x00"])
async def test_a_key_is_short_and_printable(door: Door, key: str) -> None:
    with pytest.raises(InvalidInput):
        await door.claim(key=key)


async def test_the_longest_key_passes(door: Door) -> None:
    assert (await door.claim(key="~ " * 127 + "x", fingerprint="f" * 64)).reply is None
