from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from domain.errors import NotFound
from domain.limits import MIB
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.stats import is_running, sample
from tests.drivers.runtime.docker.conftest import Run, Specify

BUSY = "while :; do :; done"


@pytest.mark.docker
async def test_samples_tell_what_is_used(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(BUSY, cpu_millis=400)
    async with asyncio.timeout(20), runtime.stats(spec.instance_id) as samples:
        first, second = await anext(samples), await anext(samples)
    assert 300 <= second.cpu_millis <= 500
    assert 0 < second.memory_bytes < 32 * MIB
    assert second.memory_limit_bytes == 32 * MIB
    assert second.process_count == 2
    assert 0.5 <= (second.at - first.at).total_seconds() <= 1.9


@pytest.mark.docker
async def test_the_first_sample_comes_early_the_next_after_the_interval(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    async with asyncio.timeout(20), runtime.stats(spec.instance_id, 2.0) as samples:
        first, second = await anext(samples), await anext(samples)
    assert 1.5 <= (second.at - first.at).total_seconds() <= 2.9


@pytest.mark.docker
async def test_samples_end_with_the_instance(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    async with asyncio.timeout(20), runtime.stats(spec.instance_id) as samples:
        await anext(samples)
        await runtime.kill(spec.instance_id)
        async for _ in samples:
            pass


@pytest.mark.docker
async def test_what_does_not_run_has_no_samples(runtime: DockerRuntime, specify: Specify) -> None:
    spec = specify()
    await runtime.create(spec)
    async with asyncio.timeout(10), runtime.stats(spec.instance_id) as samples:
        assert [taken async for taken in samples] == []


@pytest.mark.docker
async def test_a_paused_instance_still_has_samples(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(BUSY)
    await runtime.pause(spec.instance_id)
    async with asyncio.timeout(20), runtime.stats(spec.instance_id) as samples:
        assert (await anext(samples)).cpu_millis == 0


@pytest.mark.docker
async def test_closing_does_not_wait_for_the_next_tick(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    async with asyncio.timeout(10):
        async with runtime.stats(spec.instance_id, 3600) as samples:
            await anext(samples)
            waiting = asyncio.ensure_future(anext(samples))
            await asyncio.wait([waiting], timeout=0.1)
        with pytest.raises(StopAsyncIteration):
            await waiting


@pytest.mark.docker
async def test_an_unknown_instance_is_not_found(runtime: DockerRuntime) -> None:
    with pytest.raises(NotFound):
        async with runtime.stats(uuid4()):
            pass


def _figures(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "read": "2026-11-20T10:00:00Z",
        "cpu_stats": {"cpu_usage": {"total_usage": 1_000_000_000}},
        "memory_stats": {"usage": 10 * MIB, "limit": 32 * MIB, "stats": {"inactive_file": 2 * MIB}},
        "pids_stats": {"current": 4},
    }
    return {**plain, **changes}


def test_figures_of_cgroup_v2() -> None:
    now = _figures(
        read="2026-11-20T10:00:02Z",
        cpu_stats={"cpu_usage": {"total_usage": 4_000_000_000}},
        networks={"eth0": {"rx_bytes": 1, "tx_bytes": 2}, "eth1": {"rx_bytes": 10, "tx_bytes": 20}},
        blkio_stats={
            "io_service_bytes_recursive": [
                {"op": "read", "value": 5},
                {"op": "write", "value": 6},
                {"op": "read", "value": 50},
            ]
        },
    )
    taken = sample(_figures(), now)
    assert (taken.cpu_millis, taken.memory_bytes, taken.process_count) == (1500, 8 * MIB, 4)
    assert (taken.network_received_bytes, taken.network_sent_bytes) == (11, 22)
    assert (taken.disk_read_bytes, taken.disk_written_bytes) == (55, 6)


def test_figures_of_cgroup_v1_name_the_cache_and_the_disk_otherwise() -> None:
    now = _figures(
        memory_stats={"usage": 10 * MIB, "limit": 1, "stats": {"total_inactive_file": 3 * MIB, "inactive_file": 1}},
        blkio_stats={"io_service_bytes_recursive": [{"op": "Read", "value": 5}, {"op": "Total", "value": 9}]},
    )
    taken = sample(_figures(), now)
    assert (taken.memory_bytes, taken.disk_read_bytes, taken.disk_written_bytes) == (7 * MIB, 5, 0)


def test_figures_that_are_missing_count_as_none() -> None:
    taken = sample(
        _figures(), _figures(memory_stats={}, networks=None, blkio_stats={"io_service_bytes_recursive": None})
    )
    assert (taken.cpu_millis, taken.memory_bytes, taken.network_sent_bytes, taken.disk_read_bytes) == (0, 0, 0, 0)


def test_a_counter_that_began_anew_is_no_negative_share() -> None:
    later = _figures(read="2026-11-20T10:00:01Z", cpu_stats={"cpu_usage": {"total_usage": 5}})
    assert sample(_figures(), later).cpu_millis == 0


def test_the_empty_answer_for_what_does_not_run_is_known() -> None:
    stopped = _figures(pids_stats={}, cpu_stats={"cpu_usage": {"total_usage": 0}}, memory_stats={})
    assert is_running(_figures())
    assert not is_running(stopped)
