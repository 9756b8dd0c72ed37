"""What every runtime driver promises: coming and going. Streams, the inside and copies have files of their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from domain.errors import Conflict, NotFound, Unavailable, Unsupported
from domain.limits import MIB
from domain.ports.runtime import Capability, PortBinding, Runtime, RuntimeState
from tests.drivers.runtime.bench import MISSING_IMAGE, Bench, files_at, pieces, put
from tests.drivers.runtime.conftest import RunParrot
from tests.drivers.runtime.waiting import seen_in_log, state_reached


async def unheard(percent: int | None, text: str) -> None:
    """Progress that nobody looks at."""


async def test_tells_what_the_node_is(runtime: Runtime) -> None:
    info = await runtime.check()
    assert info.version
    assert info.cpu_millis >= 1000
    assert info.memory_bytes > 64 * MIB
    assert info.disk_free_bytes is None or info.disk_free_bytes > 0


async def test_an_image_that_is_here_is_ready(bench: Bench, runtime: Runtime) -> None:
    heard: list[int | None] = []

    async def hear(percent: int | None, text: str) -> None:
        heard.append(percent)

    await runtime.prepare_image(bench.make_spec().image, hear)
    assert all(percent is None or 0 <= percent <= 100 for percent in heard)


async def test_an_image_that_is_nowhere_cannot_be_prepared(runtime: Runtime) -> None:
    """Without a registry that answers, an engine cannot know that there is none."""
    if Capability.PULL not in runtime.capabilities:
        pytest.skip("this driver has no images to fetch")
    with pytest.raises((NotFound, Unavailable)):
        await runtime.prepare_image(MISSING_IMAGE, unheard)


async def test_created_is_there_but_does_not_run(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    created = await runtime.create(spec)
    assert (created.instance_id, created.state, created.exit_code) == (spec.instance_id, RuntimeState.CREATED, None)
    assert created.runtime_id
    assert await runtime.inspect(spec.instance_id) == created
    assert await runtime.list_instances() == [created]


async def test_creating_twice_gives_the_one_that_is_there(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    first = await runtime.create(spec)
    await runtime.start(spec.instance_id)
    again = await runtime.create(spec)
    assert (again.runtime_id, again.state) == (first.runtime_id, RuntimeState.RUNNING)
    assert len(await runtime.list_instances()) == 1


async def test_creating_at_the_same_time_makes_one(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    made = await asyncio.gather(*(runtime.create(spec) for _ in range(3)))
    assert len({observed.runtime_id for observed in made}) == 1
    assert len(await runtime.list_instances()) == 1


async def test_started_runs_and_starting_again_changes_nothing(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    started = await runtime.start(spec.instance_id)
    assert started.state is RuntimeState.RUNNING
    assert started.started_at is not None
    assert await runtime.start(spec.instance_id) == started


async def test_stopped_does_not_run_and_stopping_again_is_fine(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    stopped = await runtime.stop(parrot, 10)
    assert stopped.state is RuntimeState.STOPPED
    assert stopped.exit_code is not None
    assert not stopped.out_of_memory
    assert await runtime.stop(parrot, 10) == stopped
    assert await runtime.kill(parrot) == stopped


async def test_stopping_what_never_ran_is_fine(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    for end in (runtime.stop(spec.instance_id, 1), runtime.kill(spec.instance_id)):
        assert (await end).state in (RuntimeState.CREATED, RuntimeState.STOPPED)


async def test_who_does_not_hear_is_killed_after_the_grace(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot(env={"DEAF": "1"})
    began = time.monotonic()
    assert (await runtime.stop(parrot, 1)).state is RuntimeState.STOPPED
    assert time.monotonic() - began < 8


async def test_killed_ends_at_once(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot(env={"DEAF": "1"})
    killed = await runtime.kill(parrot)
    assert (killed.state, killed.exit_code) == (RuntimeState.STOPPED, 137)


async def test_restarted_runs_anew(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    before = await runtime.inspect(parrot)
    after = await runtime.restart(parrot, 10)
    assert before is not None
    assert before.started_at is not None
    assert after.started_at is not None
    assert after.state is RuntimeState.RUNNING
    assert after.started_at > before.started_at


async def test_restarting_what_is_stopped_starts_it(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    await runtime.kill(parrot)
    assert (await runtime.restart(parrot, 10)).state is RuntimeState.RUNNING


async def test_starting_after_the_end_forgets_how_it_ended(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    await runtime.kill(parrot)
    assert (await runtime.start(parrot)).state is RuntimeState.RUNNING


async def test_paused_holds_still_until_unpaused(bench: Bench, runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    assert (await runtime.pause(parrot)).state is RuntimeState.PAUSED
    assert (await runtime.pause(parrot)).state is RuntimeState.PAUSED
    with pytest.raises(Conflict):
        await runtime.start(parrot)
    assert (await runtime.unpause(parrot)).state is RuntimeState.RUNNING
    await bench.tell(runtime, parrot, "say awake")
    await seen_in_log(runtime, parrot, "awake")


async def test_a_paused_one_can_be_stopped(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    await runtime.pause(parrot)
    assert (await runtime.stop(parrot, 10)).state is RuntimeState.STOPPED


async def test_a_paused_one_can_be_killed_and_destroyed(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    await runtime.pause(parrot)
    await runtime.kill(parrot)
    await runtime.start(parrot)
    await runtime.pause(parrot)
    await runtime.destroy(parrot)
    assert await runtime.inspect(parrot) is None


async def test_only_what_runs_can_be_paused(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    with pytest.raises(Conflict):
        await runtime.pause(spec.instance_id)
    with pytest.raises(Conflict):
        await runtime.unpause(spec.instance_id)


async def test_destroyed_is_gone_and_destroying_again_is_fine(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    await runtime.destroy(parrot)
    await runtime.destroy(parrot)
    assert await runtime.inspect(parrot) is None
    assert await runtime.list_instances() == []


async def test_data_is_kept_when_asked_for(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    await put(runtime, spec.instance_id, {"kept": b"by request"})
    await runtime.destroy(spec.instance_id, keep_data=True)
    assert await runtime.inspect(spec.instance_id) is None
    assert await runtime.list_instances() == []
    await runtime.create(spec)
    assert await files_at(runtime, spec.instance_id, "/data/kept") == {"kept": b"by request"}


async def test_data_goes_with_the_instance(bench: Bench, runtime: Runtime) -> None:
    spec = bench.make_spec()
    await runtime.create(spec)
    await put(runtime, spec.instance_id, {"secret": b"of the last one"})
    await runtime.destroy(spec.instance_id, keep_data=True)
    await runtime.destroy(spec.instance_id)
    await runtime.create(spec)
    assert await files_at(runtime, spec.instance_id, "/data") == {}


CALLS: dict[str, Callable[[Runtime], Awaitable[Any]]] = {
    "start": lambda runtime: runtime.start(uuid4()),
    "stop": lambda runtime: runtime.stop(uuid4(), 1),
    "kill": lambda runtime: runtime.kill(uuid4()),
    "restart": lambda runtime: runtime.restart(uuid4(), 1),
    "pause": lambda runtime: runtime.pause(uuid4()),
    "unpause": lambda runtime: runtime.unpause(uuid4()),
    "resize": lambda runtime: runtime.resize(uuid4(), 64 * MIB, 100),
    "logs": lambda runtime: runtime.logs(uuid4()).__aenter__(),
    "stats": lambda runtime: runtime.stats(uuid4()).__aenter__(),
    "run_command": lambda runtime: runtime.run_command(uuid4(), ("true",)),
    "console": lambda runtime: runtime.console(uuid4()).__aenter__(),
    "commit": lambda runtime: runtime.commit(uuid4(), "gatehouse-test/none:1"),
    "read_archive": lambda runtime: runtime.read_archive(uuid4(), "/data").__aenter__(),
    "write_archive": lambda runtime: runtime.write_archive(uuid4(), "/data", pieces(b"")),
}
NEEDS = {
    "pause": Capability.PAUSE,
    "unpause": Capability.PAUSE,
    "resize": Capability.LIVE_RESIZE,
    "logs": Capability.LOGS,
    "stats": Capability.STATS,
    "run_command": Capability.EXEC,
    "console": Capability.CONSOLE,
    "commit": Capability.SNAPSHOT,
    "read_archive": Capability.ARCHIVE,
    "write_archive": Capability.ARCHIVE,
}


@pytest.mark.parametrize("call", CALLS)
async def test_an_instance_nobody_made_is_not_found(runtime: Runtime, call: str) -> None:
    missing = call in NEEDS and NEEDS[call] not in runtime.capabilities
    with pytest.raises(Unsupported if missing else NotFound):
        await CALLS[call](runtime)


async def test_looking_for_an_instance_nobody_made_is_fine(runtime: Runtime) -> None:
    assert await runtime.inspect(uuid4()) is None
    assert await runtime.list_instances() == []
    await runtime.destroy(uuid4())
    await runtime.destroy(uuid4(), keep_data=True)


async def test_a_port_in_use_is_a_conflict_and_free_again_it_starts(bench: Bench, runtime: Runtime) -> None:
    with bench.taken_port() as port:
        spec = bench.make_spec(ports=(PortBinding(port, port),), primary_port=port)
        with pytest.raises(Conflict, match=str(port)):
            await runtime.create(spec)
            await runtime.start(spec.instance_id)
        observed = await runtime.inspect(spec.instance_id)
        assert observed is None or observed.state is not RuntimeState.RUNNING
    await runtime.create(spec)
    assert (await runtime.start(spec.instance_id)).state is RuntimeState.RUNNING


async def test_who_ends_by_itself_is_stopped_with_its_exit_code(
    bench: Bench, runtime: Runtime, run_parrot: RunParrot
) -> None:
    parrot = await run_parrot()
    await bench.tell(runtime, parrot, "exit 3")
    stopped = await state_reached(runtime, parrot, RuntimeState.STOPPED)
    assert (stopped.exit_code, stopped.out_of_memory) == (3, False)


async def test_who_takes_too_much_memory_is_ended_and_it_says_so(
    bench: Bench, runtime: Runtime, run_parrot: RunParrot
) -> None:
    parrot = await run_parrot()
    await bench.tell(runtime, parrot, f"eat {128 * MIB}")
    stopped = await state_reached(runtime, parrot, RuntimeState.STOPPED)
    assert stopped.out_of_memory
    assert not (await runtime.start(parrot)).out_of_memory


async def test_limits_change_while_it_runs(runtime: Runtime, run_parrot: RunParrot) -> None:
    parrot = await run_parrot()
    if Capability.LIVE_RESIZE not in runtime.capabilities:
        with pytest.raises(Unsupported):
            await runtime.resize(parrot, 64 * MIB, 250)
        return
    await runtime.resize(parrot, 64 * MIB, 250)
    observed = await runtime.inspect(parrot)
    assert observed is not None
    assert observed.state is RuntimeState.RUNNING
    async with runtime.stats(parrot) as samples:
        assert (await anext(samples)).memory_limit_bytes == 64 * MIB


async def test_a_new_driver_object_finds_and_masters_everything(
    bench: Bench, runtime: Runtime, run_parrot: RunParrot
) -> None:
    running, ended = await run_parrot(), await run_parrot()
    await runtime.kill(ended)
    before = [await runtime.inspect(running), await runtime.inspect(ended)]
    await runtime.close()
    heir = bench.make_runtime()
    assert [await heir.inspect(running), await heir.inspect(ended)] == before
    assert {observed.instance_id for observed in await heir.list_instances()} == {running, ended}
    await bench.tell(heir, running, "say I live")
    await seen_in_log(heir, running, "I live")
    assert (await heir.stop(running, 10)).state is RuntimeState.STOPPED
    await heir.destroy(running)
    await heir.close()
