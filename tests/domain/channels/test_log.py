"""The log of a channel: numbered without gaps, kept by count and age, honest about what is gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain.channels.log import NewMessage, Place, append, open_log, read_head, read_log
from domain.channels.policy import ChannelPolicy
from domain.channels.prune import IDLE_LOG_S, prune_channels
from domain.errors import QuotaExceeded
from domain.models import ChannelLog, ChannelMessage
from tests.domain.channels.conftest import Town
from tests.fakes import FakeClock

KEPT = ChannelPolicy(history_count=5, history_age_s=60)


async def written(town: Town, *data: str, name: str = "news") -> list[int]:
    answers = await append(town.ports, [NewMessage(town.key(name), text, "anna") for text in data])
    return [logged.position for _, logged in answers]


async def test_messages_are_numbered_from_one(town: Town) -> None:
    assert await written(town, "1", "2") == [1, 2]
    assert await written(town, '"\\u0000"') == [3]
    head = await read_head(town.ports, town.key("news"), KEPT)
    assert (head.first, head.last) == (1, 3)
    logged = await read_log(head.log_id, 1, 3, 10)
    assert [(one.position, one.data, one.publisher) for one in logged] == [(2, "2", "anna"), (3, '"\\u0000"', "anna")]
    assert [one.position for one in await read_log(head.log_id, 0, 3, 2, newest_first=True)] == [3, 2]


async def test_one_batch_serves_many_channels(town: Town) -> None:
    messages = [NewMessage(town.key(name), "0", None) for name in ("b", "a", "b")]
    answers = await append(town.ports, messages)
    assert [logged.position for _, logged in answers] == [1, 1, 2]
    assert answers[0][0] == answers[2][0] != answers[1][0]


async def test_writers_at_once_never_share_a_number(town: Town) -> None:
    batches = await asyncio.gather(*(written(town, "1", "2", name="busy") for _ in range(10)))
    assert sorted(number for batch in batches for number in batch) == list(range(1, 21))


async def test_only_the_newest_are_kept(town: Town) -> None:
    await written(town, *map(str, range(8)))
    head = await read_head(town.ports, town.key("news"), KEPT)
    assert (head.first, head.last) == (4, 8)
    assert head.can_fill(Place(head.epoch, 3))
    assert head.can_fill(Place(head.epoch, 8))
    assert not head.can_fill(Place(head.epoch, 2))
    assert not head.can_fill(Place(head.epoch, 9))
    assert not head.can_fill(Place("another", 8))


async def test_the_old_are_forgotten(town: Town, clock: FakeClock) -> None:
    await written(town, "1")
    clock.advance(50)
    await written(town, "2")
    clock.advance(20)
    head = await read_head(town.ports, town.key("news"), KEPT)
    assert (head.first, head.last) == (2, 2)
    clock.advance(100)
    empty = await read_head(town.ports, town.key("news"), KEPT)
    assert (empty.first, empty.last) == (3, 2)
    assert empty.can_fill(Place(empty.epoch, 2))
    assert not empty.can_fill(Place(empty.epoch, 1))


async def test_upkeep_removes_what_is_forgotten(town: Town, clock: FakeClock) -> None:
    await town.configure("news", KEPT)
    await written(town, *map(str, range(8)))
    await prune_channels(town.ports)
    assert [row.position for row in await ChannelMessage.all().order_by("position")] == [4, 5, 6, 7, 8]
    log = await ChannelLog.get(name="news")
    assert (log.pruned_position, log.last_position) == (3, 8)
    wider = await read_head(town.ports, town.key("news"), replace(KEPT, history_count=100))
    assert wider.first == 4
    clock.advance(61)
    await prune_channels(town.ports)
    assert await ChannelMessage.all().count() == 0
    assert await written(town, "next") == [9]


async def test_a_log_that_is_long_empty_goes_and_its_epoch_too(town: Town, clock: FakeClock) -> None:
    await written(town, "1")
    before = await ChannelLog.get(name="news")
    clock.advance(IDLE_LOG_S + 1)
    await prune_channels(town.ports)
    assert not await ChannelLog.exists(name="news")
    head = await read_head(town.ports, town.key("news"), KEPT)
    assert not head.can_fill(Place(before.epoch, 1))


async def test_channels_that_remember_are_bounded(town: Town) -> None:
    few = replace(town.ports, limits=replace(town.ports.limits, channel_logs_per_tenant=1))
    first = await open_log(few, town.key("a"))
    with pytest.raises(QuotaExceeded):
        await open_log(few, town.key("b"))
    assert (await open_log(few, town.key("a"))).id == first.id
