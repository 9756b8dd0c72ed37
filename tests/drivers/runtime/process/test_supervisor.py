"""The supervisor outlives the gateway, and nothing outlives the supervisor unseen."""

from __future__ import annotations

import asyncio
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from domain.ports.runtime import RuntimeState
from drivers.runtime.process import ProcessRuntime
from drivers.runtime.process.control import connect
from drivers.runtime.process.folders import Folders
from drivers.runtime.process.starter import PROGRAM
from drivers.runtime.process.supervise import procfs
from drivers.runtime.process.supervise.record import read_record, write_record
from tests.drivers.runtime.process.conftest import ENGINE, opened, processes_of, record_of, run_script
from tests.drivers.runtime.waiting import next_of, seen_in_log, state_reached

IDLE = "echo ready; while :; do sleep 0.05; done"
GATEWAY = """
import asyncio, sys
from pathlib import Path
from tests.drivers.runtime.process.conftest import ENGINE, run_script
from drivers.runtime.process import ProcessRuntime

async def main():
    runtime = ProcessRuntime(ENGINE, root=Path(sys.argv[1]), sandbox=sys.argv[2] == "True")
    async with runtime.events():
        print(await run_script(runtime, sys.argv[3]), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_an_instance_outlives_a_killed_gateway(runtime: ProcessRuntime, root: Path) -> None:
    gateway = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", GATEWAY, str(root), str("exec" in runtime.capabilities), f"trap 'echo bye; exit 0' TERM; {IDLE}"),
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert gateway.stdout is not None
    instance_id = UUID((await gateway.stdout.readline()).decode().strip())
    os.killpg(gateway.pid, signal.SIGKILL)
    await gateway.wait()
    observed = await runtime.inspect(instance_id)
    assert observed is not None
    assert observed.state is RuntimeState.RUNNING
    await seen_in_log(runtime, instance_id, "ready")
    assert (await runtime.stop(instance_id, 10)).exit_code == 0
    await seen_in_log(runtime, instance_id, "bye")


async def test_nobody_outlives_a_killed_supervisor(runtime: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(runtime, f"(setsid sleep 602 &) ; {IDLE}")
    await seen_in_log(runtime, instance_id, "ready")
    record = record_of(root, instance_id)
    assert len(processes_of(record)) >= 2
    os.kill(record["supervisor_pid"], signal.SIGKILL)
    stopped = await state_reached(runtime, instance_id, RuntimeState.STOPPED)
    assert stopped.exit_code == 137
    assert stopped.error is not None
    assert processes_of(record) == []
    assert (await runtime.start(instance_id)).state is RuntimeState.RUNNING


async def test_nobody_outlives_the_main_process(runtime: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(
        runtime, "(setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 1; done' &); sleep 0.2; exit 4"
    )
    stopped = await state_reached(runtime, instance_id, RuntimeState.STOPPED)
    assert stopped.exit_code == 4
    assert processes_of(record_of(root, instance_id)) == []


async def test_a_supervisor_asked_to_end_ends_its_instance_first(runtime: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(runtime, f"trap 'echo bye; exit 6' TERM; {IDLE}")
    await seen_in_log(runtime, instance_id, "ready")
    os.kill(record_of(root, instance_id)["supervisor_pid"], signal.SIGTERM)
    assert (await state_reached(runtime, instance_id, RuntimeState.STOPPED)).exit_code == 6


async def test_an_instance_whose_folder_is_gone_ends(runtime: ProcessRuntime, root: Path) -> None:
    """Nobody could reach it any more."""
    instance_id = await run_script(runtime, IDLE)
    await seen_in_log(runtime, instance_id, "ready")
    record = record_of(root, instance_id)
    ended = os.pidfd_open(record["supervisor_pid"])
    await asyncio.to_thread(shutil.rmtree, root / str(instance_id))
    readable, _, _ = await asyncio.to_thread(select.select, [ended], [], [], 10)
    os.close(ended)
    assert readable
    assert processes_of(record) == []


async def test_a_supervisor_that_does_not_answer_is_ended_too(plain: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(plain, IDLE)
    record = record_of(root, instance_id)
    os.kill(record["supervisor_pid"], signal.SIGSTOP)
    ending = asyncio.create_task(plain.kill(instance_id))
    async with asyncio.timeout(30):
        assert (await ending).state is RuntimeState.STOPPED
    assert processes_of(record) == []


async def test_a_reused_pid_is_not_mistaken_for_the_supervisor(plain: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(plain, IDLE)
    await plain.kill(instance_id)
    run = root / str(instance_id) / "run"
    mine = procfs.read_stat(os.getpid())
    assert mine is not None
    for ticks, boot in ((mine.started_ticks - 1, procfs.boot_id()), (mine.started_ticks, "of an earlier boot")):
        record = record_of(root, instance_id)
        write_record(
            str(run),
            {**record, "state": "running", "supervisor_pid": os.getpid(), "supervisor_ticks": ticks, "boot_id": boot},
        )
        observed = await plain.inspect(instance_id)
        assert observed is not None
        assert observed.state is RuntimeState.STOPPED


async def test_a_record_torn_by_a_power_cut_means_it_does_not_run(plain: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(plain, IDLE)
    await plain.kill(instance_id)
    (root / str(instance_id) / "run" / "record.json").write_text('{"state": "run')
    observed = await plain.inspect(instance_id)
    assert observed is not None
    assert observed.state is RuntimeState.CREATED
    assert (await plain.start(instance_id)).state is RuntimeState.RUNNING


async def test_two_gateways_start_it_once(runtime: ProcessRuntime, root: Path) -> None:
    async with opened(ProcessRuntime(ENGINE, root=root, sandbox="exec" in runtime.capabilities)) as other:
        instance_id = await run_script(runtime, IDLE)
        await runtime.kill(instance_id)
        started = await asyncio.gather(runtime.start(instance_id), other.start(instance_id))
        assert [observed.state for observed in started] == [RuntimeState.RUNNING] * 2
        assert started[0].started_at == started[1].started_at


async def test_a_freeze_ends_with_the_connection_that_asked_for_it(plain: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(plain, "while :; do echo tick; sleep 0.02; done")
    main_pid = record_of(root, instance_id)["main_pid"]
    async with connect(Folders(root).of(instance_id)) as control:
        assert control is not None
        await control.send_message(do="freeze")
        assert await control.answer() == {"ok": True}
        # D: caught while it waits for a child that has just been forked, and is stopped as well.
        assert _state(main_pid) in ("T", "D")
    async with plain.logs(instance_id, tail=0, follow=True) as lines:
        assert (await next_of(aiter(lines))).text == "tick"
    assert _state(main_pid) != "T"


async def test_nonsense_on_the_control_socket_is_hung_up_on(plain: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(plain, IDLE)
    for nonsense in ({"do": "dance"}, {"do": "run", "argv": []}, {"do": "stop"}, {}):
        async with connect(Folders(root).of(instance_id)) as control:
            assert control is not None
            await control.send_message(**nonsense)
            assert await control.receive() is None
    async with connect(Folders(root).of(instance_id)) as control:
        assert control is not None
        await control.send(2, b"bytes before any request")
        assert await control.receive() is None
    observed = await plain.inspect(instance_id)
    assert observed is not None
    assert observed.state is RuntimeState.RUNNING


async def test_a_deep_folder_does_not_break_the_control_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 30) / "instances"
    async with opened(ProcessRuntime(ENGINE, root=deep, sandbox=False)) as runtime:
        instance_id = await run_script(runtime, IDLE)
        assert (await runtime.kill(instance_id)).exit_code == 137


async def test_the_folder_and_the_secrets_in_it_are_ours_alone(plain: ProcessRuntime, root: Path) -> None:
    instance_id = await run_script(plain, IDLE, env={"PASSWORD": "hunter2"})
    for part in ("", "instance.json", "run", "run/launch.json", "data", "log", "tmp"):
        assert os.stat(root / str(instance_id) / part).st_mode & 0o077 == 0


def test_the_supervisor_loads_nothing_of_gatehouse_and_little_else() -> None:
    program = (
        f"import sys, json; sys.path.append({str(PROGRAM.parent)!r}); import supervise.daemon;"
        "print(json.dumps(sorted(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(out.stdout)}
    assert not loaded & {"domain", "drivers", "psutil", "asyncio", "dataclasses", "typing", "pathlib"}


def test_a_record_is_replaced_as_a_whole(tmp_path: Path) -> None:
    assert read_record(str(tmp_path)) is None
    write_record(str(tmp_path), {"state": "running"})
    write_record(str(tmp_path), {"state": "exited"})
    assert read_record(str(tmp_path)) == {"state": "exited"}
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def _state(pid: int) -> str:
    stat = procfs.read_stat(pid)
    assert stat is not None
    return stat.state


@pytest.mark.parametrize("pid", [2**22 + 1, 999_999_999])
def test_a_pid_that_never_was_is_not_alive(pid: int) -> None:
    assert not procfs.is_alive(pid, 1)
    assert procfs.resident_bytes(pid) == procfs.proportional_bytes(pid) == 0
    assert not procfs.carries(pid, b"A=b")
