"""The handles by which tests steer the memory driver; the port itself is held by the contract suite."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from domain.errors import Conflict, InvalidInput, NotFound, Unavailable, Unsupported
from domain.limits import MIB
from domain.ports.clock import SystemClock
from domain.ports.runtime import Capability, NodeEngine, PortBinding, RuntimeSpec, RuntimeState
from drivers.runtime.memory import MemoryEngine, MemoryRuntime

NODE = NodeEngine(uuid4(), "memory")


def spec_of(port: int | None = None) -> RuntimeSpec:
    ports = () if port is None else (PortBinding(80, port),)
    return RuntimeSpec(uuid4(), "web", "image", memory_bytes=64 * MIB, cpu_millis=500, ports=ports)


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
def runtime(engine: MemoryEngine) -> MemoryRuntime:
    return MemoryRuntime(NODE, SystemClock(), state=engine)


@pytest.fixture
async def running(runtime: MemoryRuntime) -> RuntimeSpec:
    spec = spec_of()
    await runtime.create(spec)
    await runtime.start(spec.instance_id)
    return spec


async def test_two_objects_with_one_engine_see_the_same(
    runtime: MemoryRuntime, engine: MemoryEngine, running: RuntimeSpec
) -> None:
    replica = MemoryRuntime(NODE, SystemClock(), state=engine)
    assert await replica.inspect(running.instance_id) == await runtime.inspect(running.instance_id)
    await replica.kill(running.instance_id)
    observed = await runtime.inspect(running.instance_id)
    assert observed is not None
    assert observed.state is RuntimeState.STOPPED


async def test_engines_are_apart_unless_shared(running: RuntimeSpec) -> None:
    assert await MemoryRuntime(NODE, SystemClock()).list_instances() == []


async def test_a_failure_is_for_one_call(runtime: MemoryRuntime, running: RuntimeSpec) -> None:
    runtime.fail_next("stop", Unavailable("The engine went away."))
    with pytest.raises(Unavailable):
        await runtime.stop(running.instance_id, 1)
    assert (await runtime.stop(running.instance_id, 1)).state is RuntimeState.STOPPED
    assert runtime.calls["stop"] == 2


async def test_a_failure_before_has_no_effect_and_one_after_has(runtime: MemoryRuntime) -> None:
    lost, answerless = spec_of(), spec_of()
    runtime.fail_next("create", Unavailable("The engine went away."))
    with pytest.raises(Unavailable):
        await runtime.create(lost)
    assert await runtime.inspect(lost.instance_id) is None
    runtime.fail_next("create", Unavailable("The answer was lost."), after=True)
    with pytest.raises(Unavailable):
        await runtime.create(answerless)
    assert await runtime.inspect(answerless.instance_id) is not None


async def test_a_held_call_waits_before_or_after_its_effect(runtime: MemoryRuntime, running: RuntimeSpec) -> None:
    before, after = runtime.hold("kill"), runtime.hold("kill", after=True)
    killing = asyncio.create_task(runtime.kill(running.instance_id))
    await before.reached.wait()
    assert await _state(runtime, running) is RuntimeState.RUNNING
    before.released.set()
    await after.reached.wait()
    assert await _state(runtime, running) is RuntimeState.STOPPED
    assert not killing.done()
    after.released.set()
    assert (await killing).state is RuntimeState.STOPPED


async def test_a_held_call_can_be_cancelled_in_the_middle(runtime: MemoryRuntime) -> None:
    spec = spec_of()
    held = runtime.hold("create", after=True)
    creating = asyncio.create_task(runtime.create(spec))
    await held.reached.wait()
    creating.cancel()
    await asyncio.gather(creating, return_exceptions=True)
    assert await runtime.inspect(spec.instance_id) is not None


async def test_an_engine_that_is_down_answers_nothing_until_it_is_back(
    runtime: MemoryRuntime, running: RuntimeSpec
) -> None:
    async with runtime.events() as events:
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        runtime.fail_always(Unavailable("Connection refused."))
        with pytest.raises(Unavailable):
            await waiting
    with pytest.raises(Unavailable):
        await runtime.check()
    runtime.fail_always(None)
    assert await _state(runtime, running) is RuntimeState.RUNNING


async def test_streams_are_counted_while_open_and_for_ever(runtime: MemoryRuntime, running: RuntimeSpec) -> None:
    async with runtime.logs(running.instance_id, follow=True), runtime.stats(running.instance_id), runtime.events():
        assert [runtime.open_streams(kind) for kind in ("logs", "stats", "events", "console")] == [1, 1, 1, 0]
    async with runtime.logs(running.instance_id, follow=True), runtime.console(running.instance_id):
        assert [runtime.open_streams(kind) for kind in ("logs", "stats", "events", "console")] == [1, 0, 0, 1]
    assert [runtime.open_streams(kind) for kind in ("logs", "stats", "events", "console")] == [0, 0, 0, 0]
    assert [runtime.opened_streams(kind) for kind in ("logs", "stats", "events", "console")] == [2, 1, 1, 1]


async def test_closing_one_object_ends_its_streams_alone(
    runtime: MemoryRuntime, engine: MemoryEngine, running: RuntimeSpec
) -> None:
    replica = MemoryRuntime(NODE, SystemClock(), state=engine)
    async with runtime.events() as mine, replica.events() as others:
        await runtime.close()
        with pytest.raises(StopAsyncIteration):
            await anext(mine)
        await replica.kill(running.instance_id)
        assert (await anext(others)).kind == "die"


async def test_ends_from_outside_are_told_apart(runtime: MemoryRuntime, running: RuntimeSpec) -> None:
    ways: list[Callable[[], None]] = [
        lambda: runtime.kill_from_outside(running.instance_id),
        lambda: runtime.run_out_of_memory(running.instance_id),
        lambda: runtime.exit_by_itself(running.instance_id, 3),
    ]
    ends = []
    for end in ways:
        await runtime.start(running.instance_id)
        end()
        observed = await runtime.inspect(running.instance_id)
        assert observed is not None
        ends.append((observed.exit_code, observed.out_of_memory))
    assert ends == [(137, False), (137, True), (3, False)]


async def test_what_has_ended_does_not_end_again(runtime: MemoryRuntime, running: RuntimeSpec) -> None:
    runtime.exit_by_itself(running.instance_id, 3)
    runtime.kill_from_outside(running.instance_id)
    observed = await runtime.inspect(running.instance_id)
    assert observed is not None
    assert observed.exit_code == 3


async def test_instances_compete_for_ports(runtime: MemoryRuntime) -> None:
    first, second = spec_of(8080), spec_of(8080)
    for spec in (first, second):
        await runtime.create(spec)
    await runtime.start(first.instance_id)
    with pytest.raises(Conflict, match="8080"):
        await runtime.start(second.instance_id)
    await runtime.stop(first.instance_id, 1)
    assert (await runtime.start(second.instance_id)).state is RuntimeState.RUNNING
    runtime.occupy_port(9090)
    third = spec_of(9090)
    await runtime.create(third)
    with pytest.raises(Conflict, match="9090"):
        await runtime.restart(third.instance_id, 1)


async def test_old_lines_are_forgotten_and_it_says_so() -> None:
    runtime = MemoryRuntime(NODE, SystemClock(), state=MemoryEngine(keep_lines=3))
    spec = spec_of()
    await runtime.create(spec)
    for number in range(1, 6):
        runtime.print_line(spec.instance_id, f"line {number}")
    for after, recovered, texts in (
        ("1", False, ["line 3", "line 4", "line 5"]),
        ("2", True, ["line 3", "line 4", "line 5"]),
        ("4", True, ["line 5"]),
        ("5", True, []),
        ("6", False, ["line 3", "line 4", "line 5"]),
    ):
        async with runtime.logs(spec.instance_id, after=after) as lines:
            assert lines.recovered is recovered
            assert [line.text async for line in lines] == texts
    with pytest.raises(InvalidInput):
        await runtime.logs(spec.instance_id, after="-1").__aenter__()


@pytest.mark.parametrize("capability", [each for each in Capability if each is not Capability.PULL])
async def test_what_it_is_told_to_lack_is_unsupported(running: RuntimeSpec, capability: Capability) -> None:
    runtime = MemoryRuntime(NODE, SystemClock(), capabilities=frozenset(Capability) - {capability})
    spec = spec_of()
    await runtime.create(spec)
    await runtime.start(spec.instance_id)
    calls: dict[Capability, Callable[[], Awaitable[object]]] = {
        Capability.PAUSE: lambda: runtime.pause(spec.instance_id),
        Capability.LIVE_RESIZE: lambda: runtime.resize(spec.instance_id, 64 * MIB, 100),
        Capability.LOGS: lambda: runtime.logs(spec.instance_id).__aenter__(),
        Capability.STATS: lambda: runtime.stats(spec.instance_id).__aenter__(),
        Capability.EXEC: lambda: runtime.run_command(spec.instance_id, ("true",)),
        Capability.CONSOLE: lambda: runtime.console(spec.instance_id).__aenter__(),
        Capability.SNAPSHOT: lambda: runtime.commit(spec.instance_id, "ref"),
        Capability.ARCHIVE: lambda: runtime.read_archive(spec.instance_id, "/data").__aenter__(),
    }
    if capability in calls:
        with pytest.raises(Unsupported) as caught:
            await calls[capability]()
        assert caught.value.details == {"capability": capability.value}


async def test_figures_are_the_same_each_time(runtime: MemoryRuntime, running: RuntimeSpec) -> None:
    async with runtime.stats(running.instance_id, 0.001) as samples:
        first, second = await anext(samples), await anext(samples)
    assert (first.cpu_millis, first.memory_bytes) == (second.cpu_millis, second.memory_bytes) == (50, 16 * MIB)


async def test_files_can_be_laid_and_read_directly(runtime: MemoryRuntime, running: RuntimeSpec) -> None:
    runtime.files_of(running.instance_id)["/data/note"] = b"hello"
    assert (await runtime.run_command(running.instance_id, ("cat", "/data/note"))).stdout == "hello"


async def test_nothing_can_be_done_with_what_is_gone(runtime: MemoryRuntime, running: RuntimeSpec) -> None:
    await runtime.destroy(running.instance_id)
    for handle in (runtime.kill_from_outside, runtime.run_out_of_memory, runtime.spec_of):
        with pytest.raises(NotFound):
            handle(running.instance_id)


async def _state(runtime: MemoryRuntime, spec: RuntimeSpec) -> RuntimeState:
    observed = await runtime.inspect(spec.instance_id)
    assert observed is not None
    return observed.state
