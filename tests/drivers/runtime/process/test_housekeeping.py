"""Nothing is left open or lying about: descriptors, threads, zombies, folders, watches."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
import uvloop

from domain.errors import Unavailable
from domain.ports.runtime import RuntimeEvent, RuntimeState
from drivers.runtime.process import ProcessRuntime
from drivers.runtime.process.events import LOOK_AROUND_S
from drivers.runtime.process.folders import Folders, remove_tree
from drivers.runtime.process.turns import Turns
from tests.drivers.runtime.process.conftest import ENGINE, opened, own_descriptors, record_of, run_script, spec_of
from tests.drivers.runtime.waiting import ends, next_of, seen_in_log

IDLE = "echo ready; exec sleep 600"


async def live_through(runtime: ProcessRuntime) -> None:
    """A whole life with every kind of stream."""
    async with runtime.events() as events:
        instance_id = await run_script(runtime, IDLE)
        await next_of(events)
        await seen_in_log(runtime, instance_id, "ready")
        async with runtime.stats(instance_id, 0.05) as samples:
            await next_of(samples)
        await runtime.pause(instance_id)
        await runtime.unpause(instance_id)
        await runtime.commit(instance_id, "gatehouse-test/life:1")
        async with runtime.read_archive(instance_id, "/data") as chunks:
            await next_of(chunks)
        if "exec" in runtime.capabilities:
            await runtime.run_command(instance_id, ("true",))
            async with runtime.console(instance_id) as console:
                await console.write(b"x")
        await runtime.stop(instance_id, 5)
        await runtime.destroy(instance_id)
        await runtime.discard("gatehouse-test/life:1")


async def test_a_life_leaves_nothing_open(runtime: ProcessRuntime, root: Path) -> None:
    await live_through(runtime)
    descriptors, threads = own_descriptors(), threading.active_count()
    for _ in range(3):
        await live_through(runtime)
    assert len(own_descriptors() - descriptors) <= 1
    assert threading.active_count() <= threads + 2
    assert [child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE] == []
    assert sorted(os.listdir(root)) == [".snapshots", ".trash"]
    assert os.listdir(root / ".snapshots") == os.listdir(root / ".trash") == []


def test_it_lives_on_uvloop_too(root: Path, bubblewrap: str) -> None:
    async def live() -> None:
        async with opened(ProcessRuntime(ENGINE, root=root, sandbox=True)) as runtime:
            await live_through(runtime)
            instance_id = await run_script(runtime, IDLE)
            async with runtime.events() as events:
                os.kill(record_of(root, instance_id)["main_pid"], 9)
                assert (await next_of(events)).instance_id == instance_id

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(live())


async def test_a_kill_is_told_long_before_the_next_look_around(runtime: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(runtime, IDLE)
    took_s = []
    for _ in range(3):
        await runtime.start(instance_id)
        async with runtime.events() as events:
            began = time.monotonic()
            os.kill(record_of(root, instance_id)["main_pid"], 9)
            assert (await next_of(events)).kind == "die"
            took_s.append(time.monotonic() - began)
    assert min(took_s) < LOOK_AROUND_S / 2


async def test_events_end_when_the_folder_of_instances_goes_away(plain: ProcessRuntime, root: Path) -> None:
    await plain.create(spec_of(IDLE))
    async with plain.events() as events:
        await asyncio.to_thread(shutil.rmtree, root)
        await ends(events)
    with pytest.raises(Unavailable):
        await plain.events().__aenter__()
    os.mkdir(root)


async def test_a_listener_that_does_not_read_holds_no_more_than_one_event_per_instance(plain: ProcessRuntime) -> None:
    async with plain.events() as slow, plain.events() as quick:
        instance_id = await run_script(plain, IDLE)
        for _ in range(5):
            await plain.pause(instance_id)
            await heard(quick, "pause")
            await plain.unpause(instance_id)
            await heard(quick, "start")
        await plain.destroy(instance_id)
        await heard(quick, "destroy")
        assert (await next_of(slow)).kind == "destroy"


async def heard(events: AsyncIterator[RuntimeEvent], kind: str) -> None:
    while (await next_of(events)).kind != kind:
        pass


async def test_what_a_crash_left_half_removed_is_removed(root: Path) -> None:
    async with opened(ProcessRuntime(ENGINE, root=root, sandbox=False)) as runtime:
        await runtime.check()
    (root / ".trash" / "half").mkdir()
    (root / ".trash" / "half" / "file").write_text("")
    async with opened(ProcessRuntime(ENGINE, root=root, sandbox=False)) as runtime:
        await runtime.check()
        assert os.listdir(root / ".trash") == []


async def test_strange_folders_are_not_instances(plain: ProcessRuntime, root: Path) -> None:
    await plain.check()
    for name in ("notes", str(uuid4()).upper(), str(uuid4())):
        (root / name).mkdir()
    assert await plain.list_instances() == []


async def test_removing_follows_no_link_and_minds_no_lock(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("")
    doomed = tmp_path / "doomed"
    (doomed / "locked" / "deeper").mkdir(parents=True)
    (doomed / "link").symlink_to(outside)
    (doomed / "locked" / "deeper").chmod(0)
    (doomed / "locked").chmod(0)
    remove_tree(doomed)
    remove_tree(doomed)
    assert not doomed.exists()
    assert (outside / "kept").exists()


async def test_a_cancelled_call_lets_the_next_one_in(plain: ProcessRuntime) -> None:
    instance_id = await run_script(plain, "trap '' TERM; echo ready; while :; do sleep 0.1; done")
    await seen_in_log(plain, instance_id, "ready")
    stopping = asyncio.create_task(plain.stop(instance_id, 600))
    async with plain.logs(instance_id, tail=1) as lines:
        await next_of(aiter(lines))
    stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
    assert (await plain.kill(instance_id)).state is RuntimeState.STOPPED


async def test_locks_exist_only_while_they_are_needed() -> None:
    turns, one = Turns(), uuid4()
    order: list[str] = []

    async def take(name: str) -> None:
        async with turns.take(one):
            order.append(name)
            await asyncio.sleep(0)
            order.append(name)

    await asyncio.gather(take("a"), take("b"), take("c"))
    assert order == ["a", "a", "b", "b", "c", "c"]
    assert vars(turns) == {"_locks": {}, "_interested": {}}


def test_an_instance_named_by_its_id_alone(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "there" / ".." / "instances")
    assert ".." not in str(folders.of(uuid4()).path)
