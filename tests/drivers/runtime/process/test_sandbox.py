"""What an instance sees and may do inside bubblewrap."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.errors import Unavailable, Unsupported
from domain.ports.runtime import Capability
from drivers.runtime.process import ProcessRuntime
from drivers.runtime.process.sandbox import working_bubblewrap
from tests.drivers.runtime.process.conftest import ENGINE, opened, printed, run_script
from tests.drivers.runtime.waiting import seen_in_log

IDLE = "echo ready; exec sleep 600"


async def test_the_machine_is_out_of_sight(sandboxed: ProcessRuntime, root: Path, tmp_path: Path) -> None:
    (tmp_path / "gatehouse.sqlite3").write_text("secret")
    idle = await run_script(sandboxed, IDLE)
    for hidden in (tmp_path / "gatehouse.sqlite3", root, Path.home() / ".ssh", Path("/etc/shadow"), Path("/var")):
        assert (await sandboxed.run_command(idle, ("ls", "-d", str(hidden)))).exit_code != 0


async def test_only_data_and_tmp_can_be_written(sandboxed: ProcessRuntime) -> None:
    idle = await run_script(sandboxed, IDLE)
    for folder in ("/", "/usr", "/etc", "/run", "/dev", "/usr/lib"):
        assert (await sandboxed.run_command(idle, ("touch", f"{folder}/mine"))).exit_code != 0
    for folder in ("/data", "/tmp"):
        assert (await sandboxed.run_command(idle, ("touch", f"{folder}/mine"))).exit_code == 0


async def test_tmp_is_private_and_data_is_home(sandboxed: ProcessRuntime) -> None:
    first, second = await run_script(sandboxed, IDLE), await run_script(sandboxed, IDLE)
    await sandboxed.run_command(first, ("sh", "-c", "touch /tmp/mine; touch ~/mine"))
    assert (await sandboxed.run_command(first, ("ls", "/tmp", "/data"))).stdout.count("mine") == 2
    assert "mine" not in (await sandboxed.run_command(second, ("ls", "/tmp", "/data"))).stdout
    assert (await sandboxed.run_command(first, ("pwd",))).stdout == "/data\n"


async def test_there_are_no_processes_but_its_own(sandboxed: ProcessRuntime) -> None:
    idle = await run_script(sandboxed, IDLE)
    names = await sandboxed.run_command(idle, ("sh", "-c", "cat /proc/[0-9]*/comm"))
    assert {"bwrap", "sleep"} <= set(names.stdout.split()) <= {"bwrap", "cat", "sh", "sleep"}


async def test_a_command_can_signal_the_main_process(sandboxed: ProcessRuntime) -> None:
    script = 'trap "echo heard; exit 5" USR1; echo ready; while :; do sleep 0.05; done'
    instance_id = await run_script(sandboxed, script)
    await seen_in_log(sandboxed, instance_id, "ready")
    assert (await sandboxed.run_command(instance_id, ("sh", "-c", "kill -USR1 2"))).exit_code == 0
    assert (await printed(sandboxed, instance_id))[-1] == "heard"


async def test_it_has_no_capabilities_and_can_gain_none(sandboxed: ProcessRuntime) -> None:
    idle = await run_script(sandboxed, IDLE)
    status = (await sandboxed.run_command(idle, ("cat", "/proc/self/status"))).stdout
    for kind in ("Inh", "Prm", "Eff", "Amb"):
        assert f"Cap{kind}:\t{'0' * 16}\n" in status
    assert "NoNewPrivs:\t1\n" in status


async def test_commands_have_the_environment_of_the_instance(
    sandboxed: ProcessRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_SECRET", "not for instances")
    idle = await run_script(sandboxed, IDLE, env={"COLOUR": "blue"}, primary_port=None)
    env = (await sandboxed.run_command(idle, ("env",))).stdout
    assert "COLOUR=blue\n" in env
    assert "GATEWAY_SECRET" not in env


async def test_the_environment_is_on_nobodys_command_line(sandboxed: ProcessRuntime) -> None:
    idle = await run_script(sandboxed, IDLE, env={"PASSWORD": "hunter2"})
    lines = await sandboxed.run_command(idle, ("sh", "-c", "cat /proc/[0-9]*/cmdline"))
    assert "hunter2" not in lines.stdout


async def test_the_host_name_is_the_instances(sandboxed: ProcessRuntime) -> None:
    idle = await run_script(sandboxed, IDLE, name="my-shop")
    assert (await sandboxed.run_command(idle, ("uname", "-n"))).stdout == "my-shop\n"


async def test_commands_die_with_the_instance(sandboxed: ProcessRuntime) -> None:
    idle = await run_script(sandboxed, "echo ready; while [ ! -e go ]; do sleep 0.05; done")
    result = await sandboxed.run_command(idle, ("sh", "-c", "sleep 600 & touch go; echo left it running"))
    assert result.stdout == "left it running\n"
    assert await printed(sandboxed, idle) == ["ready"]
    observed = await sandboxed.inspect(idle)
    assert observed is not None
    assert observed.exit_code == 0


async def test_a_large_output_is_complete(sandboxed: ProcessRuntime) -> None:
    idle = await run_script(sandboxed, IDLE)
    result = await sandboxed.run_command(
        idle, ("sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo bad >&2"), max_output_bytes=4_000_000
    )
    assert (len(result.stdout), result.stderr, result.truncated) == (3_000_000, "bad\n", False)


async def test_what_a_killed_command_started_is_killed_too(sandboxed: ProcessRuntime) -> None:
    idle = await run_script(sandboxed, IDLE)
    with pytest.raises(Unavailable):
        await sandboxed.run_command(idle, ("sh", "-c", "sleep 601 & sleep 601"), timeout_s=0.3)
    while "601" in (await sandboxed.run_command(idle, ("sh", "-c", "cat /proc/[0-9]*/cmdline"))).stdout:
        pass


async def test_what_was_started_without_a_sandbox_has_no_inside(root: Path, bubblewrap: str) -> None:
    async with opened(ProcessRuntime(ENGINE, root=root, sandbox=False)) as plain:
        idle = await run_script(plain, IDLE)
        sandboxed = ProcessRuntime(ENGINE, root=root, sandbox=True)
        with pytest.raises(Unsupported):
            await sandboxed.run_command(idle, ("true",))
        with pytest.raises(Unsupported):
            await sandboxed.console(idle).__aenter__()
        await sandboxed.close()


async def test_without_bubblewrap_a_node_says_so(root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert working_bubblewrap() is None
    modest = ProcessRuntime(ENGINE, root=root)
    assert not modest.capabilities & {Capability.EXEC, Capability.CONSOLE}
    assert "no sandbox" in (await modest.check()).version
    strict = ProcessRuntime(ENGINE, root=root, sandbox=True)
    with pytest.raises(Unavailable, match="bubblewrap"):
        await strict.check()
    with pytest.raises(Unavailable, match="bubblewrap"):
        await strict.list_instances()


def test_a_bubblewrap_that_fails_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'No permissions to create new namespace' >&2; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert working_bubblewrap() is None


async def test_a_sandbox_that_cannot_be_made_later_is_told_in_plain_words(
    sandboxed: ProcessRuntime, root: Path
) -> None:
    instance_id = await run_script(sandboxed, IDLE, name="good-name")
    await sandboxed.kill(instance_id)
    folder = root / str(instance_id)
    spec = json.loads((folder / "instance.json").read_text())
    (folder / "instance.json").write_text(json.dumps({**spec, "name": "x" * 100}))
    with pytest.raises(Unavailable, match="sandbox") as caught:
        await sandboxed.start(instance_id)
    assert "hostname" in str(caught.value.__cause__)
