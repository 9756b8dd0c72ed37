"""What an instance may take of the machine."""

from __future__ import annotations

import os
from pathlib import Path

from domain.limits import MIB
from domain.ports.runtime import RuntimeState
from drivers.runtime.process import ProcessRuntime
from drivers.runtime.process.supervise.limits import DATA_SLACK_BYTES, KILL_ME_FIRST, OPEN_FILES, PROCESSES
from tests.drivers.runtime.process.conftest import printed, processes_of, record_of, run_script
from tests.drivers.runtime.waiting import seen_in_log, state_reached

IDLE = "echo ready; exec sleep 600"
EATER = "import sys; eaten = bytearray({size}); print('ate', flush=True); import time; time.sleep(60)"


async def test_the_limits_are_set_before_it_runs(runtime: ProcessRuntime) -> None:
    script = "ulimit -n; ulimit -c; ulimit -d; nice; cat /proc/self/oom_score_adj"
    wanted = [OPEN_FILES, 0, (64 * MIB + DATA_SLACK_BYTES) // 1024]
    lines = [int(line) for line in await printed(runtime, await run_script(runtime, script))]
    assert lines[:3] == wanted
    assert lines[3] == min(os.nice(0) + 10, 19)
    assert lines[4] == KILL_ME_FIRST


async def test_who_ordered_more_cpu_goes_before_who_ordered_less(plain: ProcessRuntime) -> None:
    more = await printed(plain, await run_script(plain, "nice", cpu_millis=2000))
    less = await printed(plain, await run_script(plain, "nice", cpu_millis=500))
    assert int(more[0]) < int(less[0])


async def test_memory_of_all_processes_together_counts(runtime: ProcessRuntime, root: Path) -> None:
    eater = EATER.format(size=30 * MIB)
    instance_id = await run_script(
        runtime, 'for n in 1 2 3; do "$PY" -I -S -c "$EATER" & done; wait', env={"PY": _python(), "EATER": eater}
    )
    stopped = await state_reached(runtime, instance_id, RuntimeState.STOPPED)
    assert stopped.out_of_memory
    assert stopped.error is not None
    assert "memory" in stopped.error
    assert processes_of(record_of(root, instance_id)) == []


async def test_memory_that_is_shared_counts_once(runtime: ProcessRuntime) -> None:
    """Three processes with 30 MiB in common do not use 90."""
    forks = (
        "import os, time; common = bytes(30 << 20);"
        "children = [os.fork() or time.sleep(1.5) or os._exit(0) for _ in range(2)];"
        "[os.wait() for _ in children]; print('fine', flush=True)"
    )
    instance_id = await run_script(runtime, '"$PY" -I -S -c "$FORKS"', env={"PY": _python(), "FORKS": forks})
    assert await printed(runtime, instance_id) == ["fine"]


async def test_reserving_without_touching_is_no_use(runtime: ProcessRuntime) -> None:
    """Address space is not limited: runtimes reserve gigabytes that they never touch."""
    reserve = "import mmap; m = mmap.mmap(-1, 4 << 30, mmap.MAP_PRIVATE, 0); print('fine', flush=True)"
    instance_id = await run_script(runtime, '"$PY" -I -S -c "$RESERVE"', env={"PY": _python(), "RESERVE": reserve})
    assert await printed(runtime, instance_id) == ["fine"]


async def test_a_fork_bomb_is_put_out(runtime: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(runtime, f"for n in $(seq {PROCESSES + 20}); do sleep 600 & done; wait")
    stopped = await state_reached(runtime, instance_id, RuntimeState.STOPPED)
    assert not stopped.out_of_memory
    assert stopped.error is not None
    assert "processes" in stopped.error
    assert processes_of(record_of(root, instance_id)) == []


async def test_a_deaf_main_process_does_not_save_its_children(runtime: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(runtime, "trap '' TERM; sleep 600 & echo ready; while :; do sleep 1; done")
    await seen_in_log(runtime, instance_id, "ready")
    assert (await runtime.stop(instance_id, 0.2)).exit_code == 137
    assert processes_of(record_of(root, instance_id)) == []


async def test_an_instance_is_its_own_session(plain: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(plain, IDLE)
    main_pid = record_of(root, instance_id)["main_pid"]
    assert os.getsid(main_pid) == os.getpgid(main_pid) == main_pid != os.getsid(0)


def _python() -> str:
    import sys

    return sys.executable
