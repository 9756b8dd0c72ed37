"""What every runtime driver promises: events, logs and figures."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID, uuid4

import pytest

from domain.errors import InvalidInput, Unsupported
from domain.ports.runtime import Capability, LogLine, Runtime, RuntimeState
from tests.drivers.runtime.bench import Bench
from tests.drivers.runtime.conftest import RunParrot
from tests.drivers.runtime.waiting import ends, next_of, seen_in_log

PROMPT_S = 2.0


async def texts(runtime: Runtime, instance_id: UUID, *, tail: int | None = None, after: str | None = None) -> list[str]:
    async with runtime.logs(instance_id, tail=tail, after=after) as lines:
        return [line.text async for line in lines]


async def say(bench: Bench, runtime: Runtime, instance_id: UUID, *words: str) -> list[LogLine]:
    """Each line as the log has it."""
    said = []
    for word in words:
        await bench.tell(runtime, instance_id, f"say {word}")
        said.append(await seen_in_log(runtime, instance_id, word))
    return said


# --- events


async def test_a_kill_from_outside_is_told_within_two_seconds(
    bench: Bench, runtime: Runtime, run_parrot: RunParrot
) -> None:
    parrot = await run_parrot()
    async with runtime.events() as events:
        began = time.monotonic()
        await bench.kill_from_outside(parrot)
        async for event in events:
            observed = await runtime.inspect(parrot)
            if event.instance_id == parrot and observed and observed.state is RuntimeState.STOPPED:
                break
        assert time.monotonic() - began < 2
    assert observed is not None
    assert (observed.exit_code, observed.out_of_memory) == (137, False)


async def test_everything_that_happens_is_an_event(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    async with runtime.events() as events:
        for act in (
            runtime.create(spec),
            runtime.start(spec.instance_id),
            runtime.pause(spec.instance_id),
            runtime.unpause(spec.instance_id),
            runtime.stop(spec.instance_id, 5),
            runtime.start(spec.instance_id),
            runtime.destroy(spec.instance_id),
        ):
            await act
            assert (await next_of(events)).instance_id == spec.instance_id


async def test_what_another_driver_object_does_is_an_event_too(bench: Bench, runtime: Runtime) -> None:
    other = bench.make_runtime()
    spec = bench.make_spec()
    async with runtime.events() as events:
        await other.create(spec)
        assert (await next_of(events)).instance_id == spec.instance_id
        await other.start(spec.instance_id)
        assert (await next_of(events)).instance_id == spec.instance_id
    await other.close()


async def test_everyone_who_listens_hears_it(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    async with runtime.events() as first, runtime.events() as second:
        await runtime.create(spec)
        assert (await next_of(first)).instance_id == (await next_of(second)).instance_id == spec.instance_id


# --- logs


async def test_the_log_has_what_was_printed(bench: Bench, runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    await say(bench, runtime, parrot, "eins", "zwei", "drei äöü ✓")
    assert await texts(runtime, parrot) == ["ready", "eins", "zwei", "drei äöü ✓"]
    assert await texts(runtime, parrot, tail=2) == ["zwei", "drei äöü ✓"]
    assert await texts(runtime, parrot, tail=0) == []
    assert await texts(runtime, parrot, tail=99) == ["ready", "eins", "zwei", "drei äöü ✓"]


async def test_log_lines_are_in_order_and_name_their_stream(
    bench: Bench, runtime: Runtime, run_parrot: RunParrot
) -> None:
    parrot = await run_parrot()
    await say(bench, runtime, parrot, "one", "two")
    async with runtime.logs(parrot) as stream:
        assert stream.recovered is None
        lines = [line async for line in stream]
    assert {line.stream for line in lines} <= {"stdout", "console"}
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert len({line.cursor for line in lines}) == len(lines)


async def test_a_cursor_resumes_without_loss_or_doubling(bench: Bench, runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    said = await say(bench, runtime, parrot, "a", "b", "c")
    for count, line in enumerate(said, start=1):
        async with runtime.logs(parrot, after=line.cursor) as stream:
            assert stream.recovered is True
            assert [line.text async for line in stream] == ["a", "b", "c"][count:]


async def test_a_cursor_resumes_and_follows(bench: Bench, runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    said = await say(bench, runtime, parrot, "before", "between")
    async with runtime.logs(parrot, after=said[0].cursor, follow=True) as stream:
        assert (await next_of(aiter(stream))).text == "between"
        await bench.tell(runtime, parrot, "say after")
        assert (await next_of(aiter(stream))).text == "after"


async def test_a_cursor_outlives_a_restart(bench: Bench, runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    (said,) = await say(bench, runtime, parrot, "last words")
    await runtime.restart(parrot, 5)
    async with runtime.logs(parrot, after=said.cursor, follow=True) as stream:
        assert stream.recovered is True
        assert (await next_of(aiter(stream))).text == "ready"


async def test_nonsense_is_no_cursor(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    with pytest.raises(InvalidInput):
        async with runtime.logs(parrot, after="nonsense"):
            pass


async def test_following_ends_when_the_instance_does(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    async with runtime.logs(parrot, follow=True) as stream:
        assert (await next_of(aiter(stream))).text == "ready"
        await runtime.stop(parrot, 5)
        await ends(aiter(stream))


async def test_the_log_of_a_stopped_one_can_be_read(bench: Bench, runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    await say(bench, runtime, parrot, "farewell")
    await runtime.stop(parrot, 5)
    assert (await texts(runtime, parrot))[:2] == ["ready", "farewell"]
    async with runtime.logs(parrot, follow=True) as stream:
        await ends(aiter(stream))


async def test_who_gives_up_waiting_for_a_line_loses_none(
    bench: Bench, runtime: Runtime, run_parrot: RunParrot
) -> None:
    parrot = await run_parrot()
    async with runtime.logs(parrot, tail=0, follow=True) as stream:
        lines = aiter(stream)
        for word in ("x", "y", "z"):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(lines), 0.15)
            await bench.tell(runtime, parrot, f"say {word}")
            assert (await next_of(lines)).text == word


# --- figures


async def test_figures_are_sane(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    async with runtime.stats(parrot, 1.0) as samples:
        first, second = await next_of(samples), await next_of(samples)
    for sample in (first, second):
        assert 0 < sample.memory_bytes < sample.memory_limit_bytes == 32 * 1024 * 1024
        assert 0 <= sample.cpu_millis < 4000
        assert 1 <= sample.process_count < 10
        assert sample.network_received_bytes >= 0
        assert sample.disk_written_bytes >= 0
    assert second.at > first.at


async def test_figures_end_when_the_instance_does(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    async with runtime.stats(parrot, 1.0) as samples:
        await next_of(samples)
        await runtime.kill(parrot)
        await ends(samples)


async def test_a_stopped_one_has_no_figures(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    async with runtime.stats(spec.instance_id) as samples:
        assert [sample async for sample in samples] == []


# --- closing


async def test_streams_nobody_reads_close_at_once(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    for stream in (runtime.events(), runtime.logs(parrot, follow=True), runtime.stats(parrot, 30.0)):
        async with stream:
            began = time.monotonic()
        assert time.monotonic() - began < PROMPT_S


async def test_a_stream_closes_at_once_while_somebody_waits_on_it(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    for stream in (runtime.events(), runtime.logs(parrot, tail=0, follow=True), runtime.stats(parrot, 30.0)):
        async with stream as items:
            waiting = asyncio.create_task(ends(aiter(items)))
            await asyncio.sleep(0)
            waiting.cancel()
            began = time.monotonic()
        await asyncio.gather(waiting, return_exceptions=True)
        assert time.monotonic() - began < PROMPT_S


async def test_a_lacking_stream_is_unsupported(runtime: Runtime) -> None:
    for capability, stream in ((Capability.LOGS, runtime.logs(uuid4())), (Capability.STATS, runtime.stats(uuid4()))):
        if capability not in runtime.capabilities:
            with pytest.raises(Unsupported):
                await stream.__aenter__()
