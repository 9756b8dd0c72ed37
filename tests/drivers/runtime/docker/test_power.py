from __future__ import annotations

from uuid import uuid4

import docker
import pytest

from domain.errors import Conflict, NotFound
from domain.limits import MIB
from domain.ports.runtime import RuntimeState
from drivers.runtime.docker import DockerRuntime
from drivers.runtime.docker.names import container_name
from tests.drivers.runtime.docker.conftest import Run, Specify, logged

pytestmark = pytest.mark.docker

IGNORES_TERM = "trap '' TERM; echo ready; while :; do sleep 1; done"


async def test_stop_lets_it_end_by_itself(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done")
    await logged(runtime, spec.instance_id, "ready")
    stopped = await runtime.stop(spec.instance_id, 10)
    assert (stopped.state, stopped.exit_code) == (RuntimeState.STOPPED, 7)


async def test_stop_kills_after_the_grace(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(IGNORES_TERM)
    await logged(runtime, spec.instance_id, "ready")
    stopped = await runtime.stop(spec.instance_id, 0.2)
    assert (stopped.state, stopped.exit_code, stopped.out_of_memory) == (RuntimeState.STOPPED, 137, False)


async def test_what_is_so_already_is_fine(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    assert (await runtime.start(spec.instance_id)).state is RuntimeState.RUNNING
    assert (await runtime.pause(spec.instance_id)).state is RuntimeState.PAUSED
    assert (await runtime.pause(spec.instance_id)).state is RuntimeState.PAUSED
    assert (await runtime.unpause(spec.instance_id)).state is RuntimeState.RUNNING
    assert (await runtime.unpause(spec.instance_id)).state is RuntimeState.RUNNING
    assert (await runtime.kill(spec.instance_id)).state is RuntimeState.STOPPED
    assert (await runtime.kill(spec.instance_id)).state is RuntimeState.STOPPED
    assert (await runtime.stop(spec.instance_id, 1)).state is RuntimeState.STOPPED


async def test_a_paused_instance_can_be_stopped_killed_and_restarted(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    for end in (lambda i: runtime.stop(i, 1), runtime.kill):
        await runtime.pause(spec.instance_id)
        assert (await end(spec.instance_id)).state is RuntimeState.STOPPED
        assert (await runtime.start(spec.instance_id)).state is RuntimeState.RUNNING
    await runtime.pause(spec.instance_id)
    assert (await runtime.restart(spec.instance_id, 1)).state is RuntimeState.RUNNING


async def test_what_does_not_run_cannot_be_paused_or_unpaused(runtime: DockerRuntime, specify: Specify) -> None:
    spec = specify()
    await runtime.create(spec)
    with pytest.raises(Conflict, match="not running"):
        await runtime.pause(spec.instance_id)
    with pytest.raises(Conflict, match="not paused"):
        await runtime.unpause(spec.instance_id)


async def test_a_paused_instance_is_not_started(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    await runtime.pause(spec.instance_id)
    with pytest.raises(Conflict, match="paused"):
        await runtime.start(spec.instance_id)


async def test_restart_makes_a_new_start(runtime: DockerRuntime, run: Run) -> None:
    spec = await run(("sleep", "100"))
    before = await runtime.inspect(spec.instance_id)
    after = await runtime.restart(spec.instance_id, 1)
    assert before is not None
    assert before.started_at is not None
    assert after.started_at is not None
    assert after.started_at > before.started_at


async def test_limits_change_while_it_runs(runtime: DockerRuntime, run: Run, sdk: docker.APIClient) -> None:
    spec = await run(("sleep", "100"))
    for memory_bytes, cpu_millis in ((256 * MIB, 1500), (16 * MIB, 100)):
        await runtime.resize(spec.instance_id, memory_bytes, cpu_millis)
        host = sdk.inspect_container(container_name(spec.instance_id))["HostConfig"]
        assert (host["Memory"], host["MemorySwap"]) == (memory_bytes, memory_bytes)
        assert (host["CpuQuota"], host["CpuPeriod"]) == (cpu_millis * 100, 100_000)
    observed = await runtime.inspect(spec.instance_id)
    assert observed is not None
    assert observed.state is RuntimeState.RUNNING


async def test_a_limit_below_what_is_in_use_is_refused(runtime: DockerRuntime, run: Run) -> None:
    spec = await run("dd if=/dev/zero of=/dev/shm/x bs=1M count=30; echo full; sleep 100", memory_bytes=64 * MIB)
    await logged(runtime, spec.instance_id, "full")
    with pytest.raises(Conflict, match="uses more memory"):
        await runtime.resize(spec.instance_id, 8 * MIB, 500)


async def test_a_stopped_instance_can_be_resized(
    runtime: DockerRuntime, specify: Specify, sdk: docker.APIClient
) -> None:
    spec = specify()
    await runtime.create(spec)
    await runtime.resize(spec.instance_id, 128 * MIB, 700)
    assert sdk.inspect_container(container_name(spec.instance_id))["HostConfig"]["Memory"] == 128 * MIB


@pytest.mark.parametrize("verb", ["start", "kill", "pause", "unpause"])
async def test_an_unknown_instance_is_not_found(runtime: DockerRuntime, verb: str) -> None:
    with pytest.raises(NotFound):
        await getattr(runtime, verb)(uuid4())


async def test_an_unknown_instance_is_not_found_by_the_others(runtime: DockerRuntime) -> None:
    with pytest.raises(NotFound):
        await runtime.stop(uuid4(), 1)
    with pytest.raises(NotFound):
        await runtime.restart(uuid4(), 1)
    with pytest.raises(NotFound):
        await runtime.resize(uuid4(), 64 * MIB, 100)
