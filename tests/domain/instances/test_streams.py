"""Live streams: however many watch, one upstream; nothing is left open when the last has gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from domain.errors import Conflict, Forbidden, InvalidInput, NotFound, Unavailable
from domain.instances.console import send_console_input
from domain.instances.shared import Reader
from domain.instances.stop import stop
from domain.instances.streams import InstanceStreams
from domain.models import Instance, InstanceState
from domain.ports.runtime import LogLine
from tests.domain.instances.conftest import Place


async def texts(lines: AsyncIterator[LogLine], count: int) -> list[str]:
    async def read() -> list[str]:
        found: list[str] = []
        async for line in lines:
            found.append(line.text)
            if len(found) == count:
                break
        return found

    return await asyncio.wait_for(read(), 10)


async def test_stored_lines_then_live_ones_each_once(place: Place) -> None:
    instance, streams = await place.deployed(), InstanceStreams(place.ports)
    for number in range(5):
        place.runtime.print_line(instance.id, f"old {number}")
    async with streams.logs(place.owner, instance.id, tail=3, follow=True) as log:
        place.runtime.print_line(instance.id, "new 0")
        lines = aiter(log)
        assert await texts(lines, 4) == ["old 2", "old 3", "old 4", "new 0"]
        place.runtime.print_line(instance.id, "new 1")
        assert await texts(lines, 1) == ["new 1"]


async def test_many_watch_and_the_runtime_is_asked_once(place: Place) -> None:
    instance, streams = await place.deployed(), InstanceStreams(place.ports)
    async with AsyncExitStack() as stack:
        logs = [
            await stack.enter_async_context(streams.logs(place.owner, instance.id, tail=0, follow=True))
            for _ in range(20)
        ]
        assert place.runtime.open_streams("logs") == 1
        place.runtime.print_line(instance.id, "to all")
        assert await asyncio.gather(*(texts(aiter(log), 1) for log in logs)) == [["to all"]] * 20
    assert place.runtime.open_streams("logs") == 0
    assert streams.open_upstreams == 0


async def test_a_reader_resumes_after_its_cursor(place: Place) -> None:
    instance, streams = await place.deployed(), InstanceStreams(place.ports)
    for number in range(4):
        place.runtime.print_line(instance.id, f"{number}")
    async with streams.logs(place.owner, instance.id, follow=False) as log:
        lines = [line async for line in log]
    assert lines[-1].text == "3"
    async with streams.logs(place.owner, instance.id, after=lines[-3].cursor, follow=True) as log:
        assert log.recovered is True
        assert await texts(aiter(log), 2) == ["2", "3"]


async def test_a_log_ends_when_the_instance_stops(place: Place) -> None:
    instance, streams = await place.deployed(), InstanceStreams(place.ports)
    async with streams.logs(place.owner, instance.id, tail=0, follow=True) as log:
        await stop(place.ports, place.owner, instance.id)
        await place.work()
        rest = [line async for line in log]
    assert all(line.text != "" for line in rest)


async def test_stats_are_shared_and_spaced(place: Place) -> None:
    instance, streams = await place.deployed(), InstanceStreams(place.ports)
    async with (
        streams.stats(place.owner, instance.id) as one,
        streams.stats(place.owner, instance.id, 2.0) as other,
    ):
        first, second = await asyncio.wait_for(asyncio.gather(anext(one), anext(other)), 10)
        assert place.runtime.open_streams("stats") == 1
        assert first.memory_limit_bytes == second.memory_limit_bytes == instance.memory_bytes
    assert place.runtime.open_streams("stats") == 0


async def test_what_one_types_all_see(place: Place) -> None:
    instance, streams = await place.deployed(), InstanceStreams(place.ports)
    async with (
        streams.console(place.owner, instance.id) as one,
        streams.console(place.owner, instance.id) as other,
    ):
        await send_console_input(place.ports, streams, place.owner, instance.id, b"hello\n")
        assert place.runtime.open_streams("console") == 1
        for console in (one, other):
            assert b"hello" in await asyncio.wait_for(anext(aiter(console)), 10)
    assert place.runtime.open_streams("console") == 0


async def test_closing_all_ends_every_reader(place: Place) -> None:
    instance, streams = await place.deployed(), InstanceStreams(place.ports)
    async with streams.logs(place.owner, instance.id, tail=0, follow=True) as log:
        reading = asyncio.create_task(texts(aiter(log), 1))
        await asyncio.sleep(0)
        await streams.close()
        assert await asyncio.wait_for(reading, 10) == []


async def test_an_upstream_that_cannot_open_says_why(place: Place) -> None:
    instance, streams = await place.deployed(), InstanceStreams(place.ports)
    place.runtime.fail_next("console", Unavailable("The engine does not answer."))
    with pytest.raises(Unavailable, match="engine"):
        async with streams.console(place.owner, instance.id):
            pass
    async with streams.console(place.owner, instance.id):
        pass


async def test_who_may_watch(place: Place) -> None:
    instance, streams = await place.deployed(), InstanceStreams(place.ports)
    with pytest.raises(NotFound):
        async with streams.logs(place.stranger, instance.id, follow=True):
            pass
    with pytest.raises(Forbidden):
        async with streams.console(place.viewer, instance.id):
            pass
    with pytest.raises(InvalidInput):
        async with streams.stats(place.owner, instance.id, 0.1):
            pass
    await Instance.filter(id=instance.id).update(state=InstanceState.STOPPED)
    with pytest.raises(Conflict):
        async with streams.stats(place.owner, instance.id):
            pass


@pytest.mark.parametrize("data", [b"", b"x" * 70_000])
async def test_console_input_has_bounds(place: Place, data: bytes) -> None:
    instance, streams = await place.deployed(), InstanceStreams(place.ports)
    with pytest.raises(InvalidInput):
        await send_console_input(place.ports, streams, place.owner, instance.id, data)


async def test_a_reader_that_falls_behind_is_told_and_others_are_not_harmed() -> None:
    slow: Reader[int] = Reader(latest_only=False, max_pending=2)
    for number in range(4):
        slow.offer(number)
    assert [await anext(slow), await anext(slow)] == [0, 1]
    with pytest.raises(Unavailable):
        await anext(slow)


async def test_a_reader_of_figures_finds_the_newest() -> None:
    latest: Reader[int] = Reader(latest_only=True, max_pending=1)
    for number in range(4):
        latest.offer(number)
    assert await anext(latest) == 3
    latest.end(None)
    with pytest.raises(StopAsyncIteration):
        await anext(latest)
