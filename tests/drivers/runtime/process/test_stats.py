"""The figures are those of the whole group."""

from __future__ import annotations

import sys

from domain.limits import MIB
from drivers.runtime.process import ProcessRuntime
from tests.drivers.runtime.process.conftest import run_script
from tests.drivers.runtime.waiting import next_of, seen_in_log


async def test_a_busy_instance_shows_its_cpu(runtime: ProcessRuntime) -> None:
    instance_id = await run_script(runtime, "while :; do :; done")
    async with runtime.stats(instance_id, 0.5) as samples:
        assert max([(await next_of(samples)).cpu_millis for _ in range(4)]) > 150


async def test_an_idle_instance_shows_none(runtime: ProcessRuntime) -> None:
    instance_id = await run_script(runtime, "exec sleep 600")
    async with runtime.stats(instance_id, 0.3) as samples:
        await next_of(samples)
        assert (await next_of(samples)).cpu_millis < 50


async def test_everyone_is_counted_and_bubblewrap_is_not(runtime: ProcessRuntime) -> None:
    instance_id = await run_script(runtime, "(setsid sleep 600 &); sleep 600 & echo ready; exec sleep 600")
    await seen_in_log(runtime, instance_id, "ready")
    async with runtime.stats(instance_id, 0.2) as samples:
        assert (await next_of(samples)).process_count == 3


async def test_memory_and_disk_are_real(runtime: ProcessRuntime) -> None:
    script = (
        "import os, time; held = bytearray(40 << 20); file = open('written', 'wb');"
        "file.write(bytes(3 << 20)); file.flush(); os.fsync(file.fileno()); print('ready', flush=True); time.sleep(600)"
    )
    instance_id = await run_script(
        runtime, 'exec "$PY" -I -S -c "$SCRIPT"', env={"PY": sys.executable, "SCRIPT": script}, memory_bytes=128 * MIB
    )
    await seen_in_log(runtime, instance_id, "ready")
    async with runtime.stats(instance_id, 0.2) as samples:
        sample = await next_of(samples)
    assert 40 * MIB < sample.memory_bytes < 70 * MIB
    assert sample.memory_limit_bytes == 128 * MIB
    assert 3 * MIB <= sample.disk_written_bytes < 10 * MIB


async def test_a_paused_instance_still_has_figures(runtime: ProcessRuntime) -> None:
    instance_id = await run_script(runtime, "while :; do :; done")
    await runtime.pause(instance_id)
    async with runtime.stats(instance_id, 0.3) as samples:
        assert (await next_of(samples)).cpu_millis < 50
